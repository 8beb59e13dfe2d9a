#include "os/address.h"

#include "base/num.h"

#include <arpa/inet.h>

bool address_parse(const char *text, struct address *address_out)
{
    struct address a = {.port = 0};
    const char *colon = strrchr(text, ':');
    if (colon == NULL) return false;
    struct span host = span_of(text, (size_t)(colon - text));
    a.is_ipv6 = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    if (a.is_ipv6) host = span_sub(host, 1, host.n - 2);
    uint64_t port;
    if (!num_u64(span_text(colon + 1), UINT16_MAX, &port) || port == 0 || host.n == 0 || host.n >= sizeof a.host) return false;
    a.port = (uint16_t)port;
    if (span_is(host, "localhost")) host = SPAN_LITERAL("127.0.0.1");
    memcpy(a.host, host.p, host.n);
    struct in6_addr six;
    struct in_addr four;
    if (a.is_ipv6 ? inet_pton(AF_INET6, a.host, &six) != 1 : inet_pton(AF_INET, a.host, &four) != 1) return false;
    a.is_loopback = a.is_ipv6 ? IN6_IS_ADDR_LOOPBACK(&six) : ntohl(four.s_addr) >> 24 == 127;
    a.is_any = a.is_ipv6 ? IN6_IS_ADDR_UNSPECIFIED(&six) : four.s_addr == 0;
    *address_out = a;
    return true;
}
