#include "http/library.h"

#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <sys/socket.h>

#include "http/loop.h"

static typeof(MHD_queue_response) *queue_response;

bool library_init(void)
{
    void *symbol = dlsym(RTLD_NEXT, "MHD_queue_response");
    memcpy(&queue_response, &symbol, sizeof queue_response);
    return symbol != NULL;
}

struct MHD_Response *library_response(const struct answer *answer, struct MHD_Response *response)
{
    bool good = response != NULL && !answer->failed;
    for (unsigned i = 0; good && i < answer->count; i++)
        good = MHD_add_response_header(response, answer->header[i].name, answer->header[i].value) == MHD_YES;
    if (good) return response;
    if (response != NULL) MHD_destroy_response(response);
    return NULL;
}

enum MHD_Result library_queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
    return queue_response(connection, status, response);
}

void library_speak(struct MHD_Connection *connection, int fd, struct span bytes)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info != NULL && info->tls_session != NULL) {
        gnutls_record_send(info->tls_session, bytes.p, bytes.n);
        gnutls_bye(info->tls_session, GNUTLS_SHUT_WR);
    } else {
        ssize_t sent = send(fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)sent;
    }
    shutdown(fd, SHUT_WR);
}

static unsigned refusal(unsigned status)
{
    switch (status) {
    case 413: return ERR_TOO_LARGE;
    case 414: return ERR_URI_TOO_LONG;
    case 431: return ERR_HEADERS_TOO_LARGE;
    case 500: return ERR_INTERNAL;
    default: return ERR_BAD_REQUEST;
    }
}

static void compose_refusal(struct server *loop, unsigned status, struct id id)
{
    unsigned code = refusal(status);
    buf_reset(&loop->text);
    answer_put_problem(&loop->text, id, &(struct response){.error = (uint16_t)code});
    answer_begin(&loop->answer, &loop->settings->rules, err_http_status(code), id);
    answer_api(&loop->answer, "application/problem+json");
}

/* 0.9.75 forgets what it is doing when it refuses a head that it has parsed to its end (Host or Content-Length), and would
   write the answer's head twice. */
static bool head_is_whole(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info != NULL && info->header_size > 0;
}

static void speak_refusal(struct MHD_Connection *connection, const struct peer *peer)
{
    struct buf whole = BUF_WITH_MAX(16 * 1024);
    answer_write(&peer->loop->answer, buf_span(&peer->loop->text), &whole);
    if (!whole.failed) library_speak(connection, peer->fd, buf_span(&whole));
    buf_free(&whole);
}

/* libmicrohttpd answers what it cannot parse by itself, as a bare page without our headers. Its call to this public function
   finds ours first (the program's symbols come before a library's), so that every answer has one form. tests/e2e/front holds
   it to that; were the call resolved inside, its own pages would be back and nothing worse. */
__attribute__((visibility("default"))) enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                                                                          struct MHD_Response *response)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct peer *peer = info == NULL ? NULL : info->socket_context;
    if (peer == NULL) return library_queue(connection, status, response);
    struct server *loop = peer->loop;
    const struct exchange *x = peer->exchange;
    if (x != NULL && x->stage == STAGE_SPOKEN) return MHD_NO; /* this one has had its answer */
    compose_refusal(loop, status, x != NULL ? x->request_id : loop_id(loop));
    if (x != NULL && x->stage == STAGE_HEAD && head_is_whole(connection)) {
        speak_refusal(connection, peer);
        return MHD_NO;
    }
    struct MHD_Response *ours = library_response(
        &loop->answer, MHD_create_response_from_buffer(loop->text.n, loop->text.p, MHD_RESPMEM_MUST_COPY));
    if (ours == NULL) return library_queue(connection, status, response);
    enum MHD_Result result = library_queue(connection, loop->answer.status, ours);
    MHD_destroy_response(ours);
    return result;
}
