/* One call of core: frames in, requests to a server, frames out. */
#ifndef MEDSCRIBE_REMOTE_CALL_H
#define MEDSCRIBE_REMOTE_CALL_H
#include "remote/http.h"

struct remote {
    struct remote_server server[COURIER_SERVERS];
};
/* Serves the call on `channel` to its end; never fails but for the channel itself. Returns what came of it, for the log. */
enum courier_failure remote_call(struct remote *remote, int channel, enum courier_server *server_out, char detail[static COURIER_DETAIL_MAX + 1]);

#endif
