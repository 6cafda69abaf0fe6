#include "../../../src/json/number.h"
#include "help.h"

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct {
    const char *label;
    struct slice a, b;
    bool equal;
} numbers[] = {
    {"spellings of one", TEXT("1"), TEXT("1.0"), true},
    {"an exponent of zero", TEXT("1.0"), TEXT("1e0"), true},
    {"a negative exponent", TEXT("1"), TEXT("10e-1"), true},
    {"a positive exponent with a sign", TEXT("1000"), TEXT("1E+3"), true},
    {"zeros in the exponent", TEXT("1e3"), TEXT("1e0000003"), true},
    {"minus zero", TEXT("-0"), TEXT("0"), true},
    {"zero with an exponent", TEXT("0e999999999999999999999"), TEXT("0.000"), true},
    {"a fraction", TEXT("0.001"), TEXT("1e-3"), true},
    {"a fraction with zeros behind", TEXT("0.00100"), TEXT("10e-4"), true},
    {"a point inside the digits", TEXT("12.345"), TEXT("12345e-3"), true},
    {"a point in both", TEXT("12.345e1"), TEXT("1.2345E2"), true},
    {"many digits", TEXT("123456789012345678901234567890.5"), TEXT("1234567890123456789012345678905e-1"), true},
    {"huge exponents", TEXT("1e999999999999999999999999"), TEXT("10e999999999999999999999998"), true},
    {"huge exponents across a power of ten", TEXT("1e1000000000000000000000000"), TEXT("10e999999999999999999999999"),
     true},
    {"huge negative exponents", TEXT("1e-1000000000000000000000000"), TEXT("0.1e-999999999999999999999999"), true},
    {"an exponent about zero", TEXT("100e-1"), TEXT("0.01e3"), true},
    {"an exponent of minus zero", TEXT("7e-0"), TEXT("7"), true},
    {"the sign", TEXT("1"), TEXT("-1"), false},
    {"one and ten", TEXT("1"), TEXT("10"), false},
    {"one and a tenth", TEXT("1"), TEXT("0.1"), false},
    {"equal as doubles: integers", TEXT("9007199254740993"), TEXT("9007199254740992"), false},
    {"equal as doubles: fractions", TEXT("0.1"), TEXT("0.1000000000000000055511151231257827"), false},
    {"both infinite as doubles", TEXT("1e400"), TEXT("1e401"), false},
    {"both zero as doubles", TEXT("1e-400"), TEXT("0"), false},
    {"one more digit", TEXT("1.1"), TEXT("1.11"), false},
    {"an inner zero", TEXT("101"), TEXT("11"), false},
    {"an inner zero after the point", TEXT("1.01"), TEXT("1.1"), false},
    {"huge exponents one apart", TEXT("1e999999999999999999999999"), TEXT("1e999999999999999999999998"), false},
    {"huge exponents of other sign", TEXT("1e999999999999999999999999"), TEXT("1e-999999999999999999999999"), false},
    {"exponents that differ by 2 to the 64", TEXT("1e18446744073709551616"), TEXT("1e0"), false},
    {"exponents that differ by 2 to the 64, shifted", TEXT("1e18446744073709551617"), TEXT("10"), false},
    {"zero and not zero", TEXT("0.0"), TEXT("0.01"), false},
};

Test(number, compares_by_value)
{
    for (size_t i = 0; i < ROWS(numbers); i++) {
        cr_expect_eq(json_number_equal(numbers[i].a, numbers[i].b), numbers[i].equal, "%s", numbers[i].label);
        cr_expect_eq(json_number_equal(numbers[i].b, numbers[i].a), numbers[i].equal, "%s, swapped", numbers[i].label);
        cr_expect(json_number_equal(numbers[i].a, numbers[i].a), "%s, with itself", numbers[i].label);
    }
}

Test(number, is_recognised)
{
    static const char *const good[] = {"0", "-0", "12", "1.5", "1e5", "1E-05", "-1.25e+300"};
    static const char *const bad[] = {"",    "-",         "+1",  "01",    "1.",   ".1",  "1e",
                                      "e1",  " 1",        "1 ",  "1,0",   "0x1",  "NaN", "Inf",
                                      "1e+", "-Infinity", "--1", "1.5.2", "1e5e", "-01", "١"};
    for (size_t i = 0; i < ROWS(good); i++)
        cr_expect(json_is_number(slice_of(good[i])), "%s", good[i]);
    for (size_t i = 0; i < ROWS(bad); i++)
        cr_expect_not(json_is_number(slice_of(bad[i])), "%s", bad[i]);
}

static const struct {
    const char *label;
    struct slice a, b;
    bool equal;
} values[] = {
    {"literals", TEXT("[null,true,false]"), TEXT("[ null, true , false ]"), true},
    {"numbers inside", TEXT("[1.0,{\"a\":1e2}]"), TEXT("[1,{\"a\":100}]"), true},
    {"escapes", TEXT("\"\\u0041\\/\""), TEXT("\"A/\""), true},
    {"order of members", TEXT("{\"a\":1,\"b\":[]}"), TEXT("{\"b\":[],\"a\":1}"), true},
    {"order of many members", TEXT("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9}"),
     TEXT("{\"i\":9,\"h\":8,\"g\":7,\"f\":6,\"e\":5,\"d\":4,\"c\":3,\"b\":2,\"a\":1}"), true},
    {"empty containers", TEXT("[{},[]]"), TEXT("[{},[]]"), true},
    {"null and false", TEXT("null"), TEXT("false"), false},
    {"true and false", TEXT("true"), TEXT("false"), false},
    {"a number and its text", TEXT("1"), TEXT("\"1\""), false},
    {"an array and an object", TEXT("[]"), TEXT("{}"), false},
    {"order of items", TEXT("[1,2]"), TEXT("[2,1]"), false},
    {"a prefix", TEXT("[1,2]"), TEXT("[1,2,3]"), false},
    {"case of names", TEXT("{\"a\":1}"), TEXT("{\"A\":1}"), false},
    {"case of text", TEXT("\"a\""), TEXT("\"A\""), false},
    {"composed and decomposed", TEXT("\"\xC3\xA9\""), TEXT("\"e\xCC\x81\""), false},
    {"a member null and absent", TEXT("{\"a\":null}"), TEXT("{}"), false},
    {"other names, same count", TEXT("{\"a\":1,\"b\":1}"), TEXT("{\"a\":1,\"c\":1}"), false},
    {"a value deep inside", TEXT("{\"a\":[{\"b\":[1]}]}"), TEXT("{\"a\":[{\"b\":[2]}]}"), false},
    {"same count, other nesting", TEXT("[[1],2]"), TEXT("[1,[2]]"), false},
};

Test(value, equality)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(values); i++) {
        struct json a = parse_or_fail(arena, values[i].a), b = parse_or_fail(arena, values[i].b);
        cr_expect_eq(json_equal(&a, &b), values[i].equal, "%s", values[i].label);
        cr_expect_eq(json_equal(&b, &a), values[i].equal, "%s, swapped", values[i].label);
        cr_expect(json_equal(&a, &a), "%s, with itself", values[i].label);
    }
    arena_free(arena);
}

Test(value, made_by_hand_is_like_parsed)
{
    struct arena *arena = arena_new(0);
    struct json_member members[10];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    struct json inner[2] = {json_of_number(SLICE("1.0")), json_of_string(SLICE("x"))};
    for (size_t i = 0; i < 10; i++)
        members[i] = (struct json_member){.name = slice_of(names[i]), .value = json_of_bool(i % 2)};
    members[3].value = json_of_array(inner, 2);
    members[4].value = json_of_null();
    struct json made = json_of_object(arena, members, 10);
    struct slice text = render(arena, &made);
    struct json parsed = parse_or_fail(arena, text);
    cr_expect(json_equal(&made, &parsed));
    cr_expect_eq(made.nodes, parsed.nodes);
    cr_expect_eq(made.height, parsed.height);
    cr_expect_eq(made.weight, parsed.weight);
    cr_expect_eq(json_duplicate(&made), made.count);
    cr_expect_not(slice_present(made.raw));
    for (size_t i = 0; i < 10; i++)
        cr_expect_eq(json_member(&made, slice_of(names[i])), &members[i].value);
    arena_free(arena);
}
