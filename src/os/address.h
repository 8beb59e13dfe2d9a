/* `listen` taken apart: "127.0.0.1:8443", "[::1]:8443", "localhost:8443". Hosts are numbers or "localhost": no name is looked up. */
#ifndef MEDSCRIBE_OS_ADDRESS_H
#define MEDSCRIBE_OS_ADDRESS_H
#include "base/span.h"

struct address {
    char host[64];
    uint16_t port;
    bool is_ipv6, is_loopback, is_any;
};
bool address_parse(const char *text, struct address *address_out);

#endif
