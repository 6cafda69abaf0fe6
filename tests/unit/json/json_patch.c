#include "help.h"

#include "midair/json/json_patch.h"

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

enum outcome { APPLIED, MALFORMED, NOT_APPLICABLE, TEST_FAILED };

static const struct {
    const char *label;
    struct slice target, patch;
    enum outcome outcome;
    size_t index;        /* of the operation that fails */
    struct slice result; /* when it is applied */
} rows[] = {
    /* RFC 6902 appendix A */
    {"A.1 add a member", TEXT("{\"foo\":\"bar\"}"), TEXT("[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]"),
     APPLIED, 0, TEXT("{\"foo\":\"bar\",\"baz\":\"qux\"}")},
    {"A.2 add an element", TEXT("{\"foo\":[\"bar\",\"baz\"]}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]"), APPLIED, 0,
     TEXT("{\"foo\":[\"bar\",\"qux\",\"baz\"]}")},
    {"A.3 remove a member", TEXT("{\"baz\":\"qux\",\"foo\":\"bar\"}"), TEXT("[{\"op\":\"remove\",\"path\":\"/baz\"}]"),
     APPLIED, 0, TEXT("{\"foo\":\"bar\"}")},
    {"A.4 remove an element", TEXT("{\"foo\":[\"bar\",\"qux\",\"baz\"]}"),
     TEXT("[{\"op\":\"remove\",\"path\":\"/foo/1\"}]"), APPLIED, 0, TEXT("{\"foo\":[\"bar\",\"baz\"]}")},
    {"A.5 replace", TEXT("{\"baz\":\"qux\",\"foo\":\"bar\"}"),
     TEXT("[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]"), APPLIED, 0,
     TEXT("{\"baz\":\"boo\",\"foo\":\"bar\"}")},
    {"A.6 move a member", TEXT("{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}"),
     TEXT("[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]"), APPLIED, 0,
     TEXT("{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}")},
    {"A.7 move an element", TEXT("{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}"),
     TEXT("[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]"), APPLIED, 0,
     TEXT("{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}")},
    {"A.8 test, success", TEXT("{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}"),
     TEXT("[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]"),
     APPLIED, 0, TEXT("{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}")},
    {"A.9 test, error",
     TEXT("{\"baz\":\"qux\"}"),
     TEXT("[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]"),
     TEST_FAILED,
     0,
     {0}},
    {"A.10 add a nested object", TEXT("{\"foo\":\"bar\"}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]"), APPLIED, 0,
     TEXT("{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}")},
    {"A.11 unknown members are ignored", TEXT("{\"foo\":\"bar\"}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]"), APPLIED, 0,
     TEXT("{\"foo\":\"bar\",\"baz\":\"qux\"}")},
    {"A.12 add below nothing",
     TEXT("{\"foo\":\"bar\"}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    /* A.13 (two "op" members) never gets here: the gate refuses it; see below */
    {"A.14 ~ escapes", TEXT("{\"/\":9,\"~1\":10}"), TEXT("[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]"), APPLIED,
     0, TEXT("{\"/\":9,\"~1\":10}")},
    {"A.15 a string is no number",
     TEXT("{\"/\":9,\"~1\":10}"),
     TEXT("[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]"),
     TEST_FAILED,
     0,
     {0}},
    {"A.16 add an array", TEXT("{\"foo\":[\"bar\"]}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]"), APPLIED, 0,
     TEXT("{\"foo\":[\"bar\",[\"abc\",\"def\"]]}")},
    /* applied */
    {"nothing to do", TEXT("{\"a\":1.0}"), TEXT("[]"), APPLIED, 0, TEXT("{\"a\":1.0}")},
    {"add over a member", TEXT("{\"a\":1,\"b\":2}"), TEXT("[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]"), APPLIED,
     0, TEXT("{\"a\":null,\"b\":2}")},
    {"add at the end by its index", TEXT("[1,2]"), TEXT("[{\"op\":\"add\",\"path\":\"/2\",\"value\":3}]"), APPLIED, 0,
     TEXT("[1,2,3]")},
    {"add to an empty array", TEXT("[]"), TEXT("[{\"op\":\"add\",\"path\":\"/0\",\"value\":1.10}]"), APPLIED, 0,
     TEXT("[1.10]")},
    {"add the whole", TEXT("{\"a\":1}"), TEXT("[{\"op\":\"add\",\"path\":\"\",\"value\":[1]}]"), APPLIED, 0,
     TEXT("[1]")},
    {"replace the whole", TEXT("1"), TEXT("[{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]"), APPLIED, 0, TEXT("{}")},
    {"add an empty name", TEXT("{}"), TEXT("[{\"op\":\"add\",\"path\":\"/\",\"value\":1}]"), APPLIED, 0,
     TEXT("{\"\":1}")},
    {"- is an ordinary name", TEXT("{}"), TEXT("[{\"op\":\"add\",\"path\":\"/-\",\"value\":1}]"), APPLIED, 0,
     TEXT("{\"-\":1}")},
    {"a digit is an ordinary name", TEXT("{}"), TEXT("[{\"op\":\"add\",\"path\":\"/01\",\"value\":1}]"), APPLIED, 0,
     TEXT("{\"01\":1}")},
    {"into what was added", TEXT("{}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},{\"op\":\"add\",\"path\":\"/a/b\",\"value\":[]},"
          "{\"op\":\"add\",\"path\":\"/a/b/-\",\"value\":1}]"),
     APPLIED, 0, TEXT("{\"a\":{\"b\":[1]}}")},
    {"the patch's own value stays as it is", TEXT("{}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a\",\"value\":[1]},{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},"
          "{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2},{\"op\":\"add\",\"path\":\"/b/0\",\"value\":0}]"),
     APPLIED, 0, TEXT("{\"a\":[1,2],\"b\":[0,1]}")},
    {"a copy is independent of its source", TEXT("{\"a\":{\"x\":[1]}}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a/x/-\",\"value\":2},{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},"
          "{\"op\":\"remove\",\"path\":\"/a/x/0\"}]"),
     APPLIED, 0, TEXT("{\"a\":{\"x\":[2]},\"b\":{\"x\":[1,2]}}")},
    {"copy into its own child", TEXT("{\"a\":{}}"), TEXT("[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/b\"}]"),
     APPLIED, 0, TEXT("{\"a\":{\"b\":{}}}")},
    {"copy the whole into itself", TEXT("{\"a\":1}"), TEXT("[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"}]"),
     APPLIED, 0, TEXT("{\"a\":1,\"b\":{\"a\":1}}")},
    {"copy over the whole", TEXT("{\"a\":[1]}"), TEXT("[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"\"}]"), APPLIED, 0,
     TEXT("[1]")},
    {"move over the whole", TEXT("{\"a\":[1]}"), TEXT("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"\"}]"), APPLIED, 0,
     TEXT("[1]")},
    {"move over its parent", TEXT("{\"a\":{\"b\":1}}"), TEXT("[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/a\"}]"),
     APPLIED, 0, TEXT("{\"a\":1}")},
    {"move onto itself", TEXT("{\"a\":1,\"b\":2}"), TEXT("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]"),
     APPLIED, 0, TEXT("{\"a\":1,\"b\":2}")},
    {"move the whole onto itself", TEXT("[1]"), TEXT("[{\"op\":\"move\",\"from\":\"\",\"path\":\"\"}]"), APPLIED, 0,
     TEXT("[1]")},
    {"move to a name with the same beginning", TEXT("{\"a\":1}"),
     TEXT("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab\"}]"), APPLIED, 0, TEXT("{\"ab\":1}")},
    {"test numbers by value", TEXT("[1.0,1e400]"),
     TEXT("[{\"op\":\"test\",\"path\":\"/0\",\"value\":1},{\"op\":\"test\",\"path\":\"/1\",\"value\":10e399}]"),
     APPLIED, 0, TEXT("[1.0,1e400]")},
    {"test objects in another order", TEXT("{\"a\":1,\"b\":2}"),
     TEXT("[{\"op\":\"test\",\"path\":\"\",\"value\":{\"b\":2,\"a\":1}}]"), APPLIED, 0, TEXT("{\"a\":1,\"b\":2}")},
    {"test null", TEXT("{\"a\":null}"), TEXT("[{\"op\":\"test\",\"path\":\"/a\",\"value\":null}]"), APPLIED, 0,
     TEXT("{\"a\":null}")},
    {"numbers keep their text", TEXT("{\"a\":9007199254740993,\"b\":0.10}"),
     TEXT("[{\"op\":\"remove\",\"path\":\"/a\"}]"), APPLIED, 0, TEXT("{\"b\":0.10}")},
    {"\"value\" is ignored by remove", TEXT("{\"a\":1}"),
     TEXT("[{\"op\":\"remove\",\"path\":\"/a\",\"value\":7,\"from\":1}]"), APPLIED, 0, TEXT("{}")},
    /* malformed */
    {"an object", TEXT("{}"), TEXT("{\"op\":\"add\",\"path\":\"/a\",\"value\":1}"), MALFORMED, 0, {0}},
    {"null", TEXT("{}"), TEXT("null"), MALFORMED, 0, {0}},
    {"a string", TEXT("{}"), TEXT("\"add\""), MALFORMED, 0, {0}},
    {"an operation that is no object", TEXT("{}"), TEXT("[[\"add\",\"/a\",1]]"), MALFORMED, 0, {0}},
    {"no op", TEXT("{}"), TEXT("[{\"path\":\"/a\",\"value\":1}]"), MALFORMED, 0, {0}},
    {"op in upper case", TEXT("{}"), TEXT("[{\"op\":\"ADD\",\"path\":\"/a\",\"value\":1}]"), MALFORMED, 0, {0}},
    {"Op in other case", TEXT("{}"), TEXT("[{\"Op\":\"add\",\"path\":\"/a\",\"value\":1}]"), MALFORMED, 0, {0}},
    {"op with a space", TEXT("{}"), TEXT("[{\"op\":\"add \",\"path\":\"/a\",\"value\":1}]"), MALFORMED, 0, {0}},
    {"an unknown op", TEXT("{}"), TEXT("[{\"op\":\"spam\",\"path\":\"/a\"}]"), MALFORMED, 0, {0}},
    {"op is a number", TEXT("{}"), TEXT("[{\"op\":1,\"path\":\"/a\"}]"), MALFORMED, 0, {0}},
    {"no path", TEXT("{}"), TEXT("[{\"op\":\"add\",\"value\":1}]"), MALFORMED, 0, {0}},
    {"path null", TEXT("{}"), TEXT("[{\"op\":\"add\",\"path\":null,\"value\":1}]"), MALFORMED, 0, {0}},
    {"path a number", TEXT("[]"), TEXT("[{\"op\":\"add\",\"path\":0,\"value\":1}]"), MALFORMED, 0, {0}},
    {"path without slash", TEXT("{}"), TEXT("[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]"), MALFORMED, 0, {0}},
    {"path with a bad escape", TEXT("{}"), TEXT("[{\"op\":\"add\",\"path\":\"/~2\",\"value\":1}]"), MALFORMED, 0, {0}},
    {"add without value", TEXT("{}"), TEXT("[{\"op\":\"add\",\"path\":\"/a\"}]"), MALFORMED, 0, {0}},
    {"replace without value", TEXT("{\"a\":1}"), TEXT("[{\"op\":\"replace\",\"path\":\"/a\"}]"), MALFORMED, 0, {0}},
    {"test without value", TEXT("{\"a\":null}"), TEXT("[{\"op\":\"test\",\"path\":\"/a\"}]"), MALFORMED, 0, {0}},
    {"move without from", TEXT("{\"a\":1}"), TEXT("[{\"op\":\"move\",\"path\":\"/a\"}]"), MALFORMED, 0, {0}},
    {"copy with a bad from",
     TEXT("{\"a\":1}"),
     TEXT("[{\"op\":\"copy\",\"path\":\"/b\",\"from\":\"a\"}]"),
     MALFORMED,
     0,
     {0}},
    {"move into its own child",
     TEXT("{\"a\":{\"b\":1}}"),
     TEXT("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]"),
     MALFORMED,
     0,
     {0}},
    {"move the whole into itself",
     TEXT("{\"a\":1}"),
     TEXT("[{\"op\":\"move\",\"from\":\"\",\"path\":\"/b\"}]"),
     MALFORMED,
     0,
     {0}},
    {"the second operation",
     TEXT("{}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a\",\"value\":1},{\"op\":\"add\",\"path\":\"/b\"}]"),
     MALFORMED,
     1,
     {0}},
    {"malformed behind one that does not fit",
     TEXT("{}"),
     TEXT("[{\"op\":\"remove\",\"path\":\"/a\"},7]"),
     MALFORMED,
     1,
     {0}},
    /* not applicable */
    {"remove nothing", TEXT("{}"), TEXT("[{\"op\":\"remove\",\"path\":\"/a\"}]"), NOT_APPLICABLE, 0, {0}},
    {"remove the whole", TEXT("{\"a\":1}"), TEXT("[{\"op\":\"remove\",\"path\":\"\"}]"), NOT_APPLICABLE, 0, {0}},
    {"remove past the end", TEXT("[1]"), TEXT("[{\"op\":\"remove\",\"path\":\"/1\"}]"), NOT_APPLICABLE, 0, {0}},
    {"remove -", TEXT("[1]"), TEXT("[{\"op\":\"remove\",\"path\":\"/-\"}]"), NOT_APPLICABLE, 0, {0}},
    {"remove with a leading zero",
     TEXT("[1,2]"),
     TEXT("[{\"op\":\"remove\",\"path\":\"/01\"}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"remove a negative index", TEXT("[1,2]"), TEXT("[{\"op\":\"remove\",\"path\":\"/-1\"}]"), NOT_APPLICABLE, 0, {0}},
    {"remove twice",
     TEXT("{\"a\":1}"),
     TEXT("[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\",\"path\":\"/a\"}]"),
     NOT_APPLICABLE,
     1,
     {0}},
    {"replace nothing", TEXT("{}"), TEXT("[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]"), NOT_APPLICABLE, 0, {0}},
    {"replace past the end",
     TEXT("[1]"),
     TEXT("[{\"op\":\"replace\",\"path\":\"/1\",\"value\":1}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"replace -", TEXT("[1]"), TEXT("[{\"op\":\"replace\",\"path\":\"/-\",\"value\":1}]"), NOT_APPLICABLE, 0, {0}},
    {"add past the end", TEXT("[1]"), TEXT("[{\"op\":\"add\",\"path\":\"/2\",\"value\":1}]"), NOT_APPLICABLE, 0, {0}},
    {"add with a leading zero",
     TEXT("[1]"),
     TEXT("[{\"op\":\"add\",\"path\":\"/00\",\"value\":1}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"add at an index beyond 64 bits",
     TEXT("[1]"),
     TEXT("[{\"op\":\"add\",\"path\":\"/18446744073709551616\",\"value\":1}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"add at an empty index",
     TEXT("[1]"),
     TEXT("[{\"op\":\"add\",\"path\":\"/\",\"value\":1}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"add below -", TEXT("[[]]"), TEXT("[{\"op\":\"add\",\"path\":\"/-/0\",\"value\":1}]"), NOT_APPLICABLE, 0, {0}},
    {"add below a string",
     TEXT("{\"a\":\"x\"}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a/0\",\"value\":1}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"add below a scalar document",
     TEXT("1"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"add below null",
     TEXT("{\"a\":null}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"move from nothing",
     TEXT("{}"),
     TEXT("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"move nothing onto itself",
     TEXT("{}"),
     TEXT("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"move past the end that it shortens",
     TEXT("[1,2]"),
     TEXT("[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/2\"}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"move from -", TEXT("[1]"), TEXT("[{\"op\":\"move\",\"from\":\"/-\",\"path\":\"/0\"}]"), NOT_APPLICABLE, 0, {0}},
    {"copy from nothing",
     TEXT("{}"),
     TEXT("[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"copy below nothing",
     TEXT("{\"a\":1}"),
     TEXT("[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b/c\"}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"test of nothing is no failed test",
     TEXT("{}"),
     TEXT("[{\"op\":\"test\",\"path\":\"/a\",\"value\":null}]"),
     NOT_APPLICABLE,
     0,
     {0}},
    {"test -", TEXT("[1]"), TEXT("[{\"op\":\"test\",\"path\":\"/-\",\"value\":1}]"), NOT_APPLICABLE, 0, {0}},
    /* failed tests */
    {"test sees earlier operations",
     TEXT("{\"a\":1}"),
     TEXT("[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2},{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]"),
     TEST_FAILED,
     1,
     {0}},
    {"test null against false",
     TEXT("{\"a\":null}"),
     TEXT("[{\"op\":\"test\",\"path\":\"/a\",\"value\":false}]"),
     TEST_FAILED,
     0,
     {0}},
    {"test digits that doubles lose",
     TEXT("[9007199254740993]"),
     TEXT("[{\"op\":\"test\",\"path\":\"/0\",\"value\":9007199254740992}]"),
     TEST_FAILED,
     0,
     {0}},
    {"test the whole", TEXT("{\"a\":1}"), TEXT("[{\"op\":\"test\",\"path\":\"\",\"value\":{}}]"), TEST_FAILED, 0, {0}},
    {"test an opened container",
     TEXT("{\"a\":[1]}"),
     TEXT("[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2},{\"op\":\"test\",\"path\":\"/a\",\"value\":[1]}]"),
     TEST_FAILED,
     1,
     {0}},
};

static void check(struct arena *arena, size_t i)
{
    struct json target = parse_or_fail(arena, rows[i].target), document = parse_or_fail(arena, rows[i].patch);
    struct json result = json_of_null();
    struct json_patch patch;
    struct json_patch_failure failure = {99, false};
    struct err *err = json_patch_parse(arena, &document, &patch);
    cr_expect_eq(err != NULL, rows[i].outcome == MALFORMED, "%s: %.*s", rows[i].label,
                 SLICE_ARG(err ? err->detail : SLICE_ABSENT));
    if (err) {
        cr_expect_eq(err->kind, ERR_BAD_CONTENT, "%s", rows[i].label);
        cr_expect(document.kind != JSON_ARRAY || (size_t)err->position >= document.items[rows[i].index].position, "%s",
                  rows[i].label);
        return;
    }
    err = json_patch_apply(arena, &patch, &target, (struct json_limits){0}, &result, &failure);
    EXPECT_TEXT(render(arena, &target), rows[i].target, "the target is as before");
    cr_expect_eq(err == NULL, rows[i].outcome == APPLIED, "%s: %.*s", rows[i].label,
                 SLICE_ARG(err ? err->detail : SLICE_ABSENT));
    if (!err) {
        EXPECT_TEXT(render(arena, &result), rows[i].result, rows[i].label);
        return;
    }
    cr_expect_eq(result.kind, JSON_NULL, "%s: nothing comes out", rows[i].label);
    cr_expect_eq(err->kind, ERR_UNPROCESSABLE, "%s", rows[i].label);
    cr_expect_eq(err->position, (long)document.items[rows[i].index].position, "%s", rows[i].label);
    cr_expect_eq(failure.index, rows[i].index, "%s", rows[i].label);
    cr_expect_eq(failure.test_failed, rows[i].outcome == TEST_FAILED, "%s", rows[i].label);
    cr_expect_eq(slice_eq(err->code, SLICE("test-failed")), rows[i].outcome == TEST_FAILED, "%s", rows[i].label);
}

Test(json_patch, follows_rfc_6902)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(rows); i++)
        check(arena, i);
    arena_free(arena);
}

Test(json_patch, two_op_members_are_refused_by_the_gate)
{
    struct arena *arena = arena_new(0);
    struct json value;
    struct slice text = SLICE("[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"op\":\"remove\"}]"); /* A.13 */
    cr_expect_not_null(json_parse(arena, text, (struct json_limits){0}, &value));
    arena_free(arena);
}
