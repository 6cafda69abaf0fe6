#include "../../../src/front/address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

static const struct {
    const char *text;
    bool valid;
} networks[] = {
    {"10.0.0.1", true},
    {"10.0.0.0/8", true},
    {"0.0.0.0/0", true},
    {"255.255.255.255/32", true},
    {"10.1.0.0/16", true},
    {"10.128.0.0/9", true},
    {"::1", true},
    {"::/0", true},
    {"fd00::/8", true},
    {"2001:db8::/33", true},
    {"::1/128", true},
    {"unix", true},
    {"", false},
    {"10.0.0.1/8", false},
    {"10.0.0.0/33", false},
    {"10.0.0.0/", false},
    {"10.0.0.0/-1", false},
    {"10.0.0/8", false},
    {"/8", false},
    {"fd00::1/8", false},
    {"::/129", false},
    {"::1/127", false},
    {"[::1]", false},
    {"localhost", false},
    {"unix/8", false},
    {"Unix", false},
    {"10.0.0.0/8/8", false},
    {"10.0.0.0 /8", false},
    {"10.64.0.0/9", false},
    {"1.2.3.4:80", false},
};

Test(address, networks_are_read_strictly)
{
    for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
        struct network out;
        cr_expect(network_read(slice_of(networks[i].text), &out) == networks[i].valid, "%s", networks[i].text);
    }
}

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage out = {.ss_family = AF_UNIX};
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&out)->sin_addr) == 1)
        out.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&out)->sin6_addr) == 1)
        out.ss_family = AF_INET6;
    return out;
}

static const struct {
    const char *network, *address;
    bool has;
} members[] = {
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.128.0.0/9", "10.128.0.1", true},
    {"10.128.0.0/9", "10.127.255.255", false},
    {"1.2.3.4", "1.2.3.4", true},
    {"1.2.3.4", "1.2.3.5", false},
    {"0.0.0.0/0", "200.1.2.3", true},
    {"0.0.0.0/0", "::1", false},
    {"::/0", "1.2.3.4", false},
    {"::/0", "2001:db8::1", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::1", "::1", true},
    {"::1", "::2", false},
    {"unix", "unix", true},
    {"unix", "1.2.3.4", false},
    {"0.0.0.0/0", "unix", false},
};

Test(address, a_network_has_the_addresses_with_its_prefix)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        struct network network;
        struct sockaddr_storage address = address_of(members[i].address);
        cr_assert(network_read(slice_of(members[i].network), &network));
        cr_expect(network_has(&network, &address) == members[i].has, "%s in %s", members[i].address,
                  members[i].network);
    }
}
