/* Addresses of the servers that `courier` may talk to, as the settings give them: https://host[:port][/path], and http:// only
   for this machine itself. A strict form, so that nobody can read it in two ways. No name is looked up here. */
#ifndef MEDSCRIBE_OS_SERVER_H
#define MEDSCRIBE_OS_SERVER_H
#include "base/span.h"

struct sockaddr;

enum { SERVER_URL_BYTES = 520, SERVER_HOST_BYTES = 254 };

struct server_url {
    char text[SERVER_URL_BYTES];  /* without a slash at the end */
    char host[SERVER_HOST_BYTES]; /* in lower case; a number without brackets */
    uint16_t port;
    bool is_tls, is_loopback;
};
bool server_url_parse(const char *text, struct server_url *url_out);
/* `list`: names with commas or spaces between. */
bool server_host_listed(const char *host, const char *list);
/* May a connection to `to` be made when a server of this kind was asked for? Never to link-local addresses (the metadata
   services of clouds), multicast or nowhere; to this machine only when the setting names it, and then nowhere else. */
bool server_address_allowed(const struct sockaddr *to, bool wants_loopback);

#endif
