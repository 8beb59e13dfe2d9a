/* The one place where answers enter the HTTP library: ours, and, in our form, its own refusals. */
#ifndef MEDSCRIBE_HTTP_LIBRARY_H
#define MEDSCRIBE_HTTP_LIBRARY_H
#include <microhttpd.h>

#include "http/answer.h"

/* Before threads start. False when the library's own function cannot be found. */
bool library_init(void);
/* A response with the answer's headers; takes `response` over (which may be NULL). NULL on failure. */
struct MHD_Response *library_response(const struct answer *answer, struct MHD_Response *response);
enum MHD_Result library_queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response);
/* Past the library, for when it would not take an answer yet: as much as goes at once, then the end of our side. */
void library_speak(struct MHD_Connection *connection, int fd, struct span bytes);

#endif
