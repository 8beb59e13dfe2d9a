#include "remote/call.h"

#include "os/channel.h"
#include "remote/draft.h"
#include "remote/prompt.h"
#include "remote/sound.h"
#include "wire/frame.h"

enum {
    SPEECH_ANSWER_MAX = 8 * 1024 * 1024, CHAT_ANSWER_MAX = 64 * 1024, MODELS_ANSWER_MAX = 1024 * 1024,
    SHORTEST_BYTES = COURIER_RATE * SOUND_SAMPLE_BYTES / 10, /* servers refuse less than a tenth of a second */
    DRAFT_ARENA = 4 << 20, PERCENT_MAX = 95,
};

struct call {
    struct remote *remote;
    int channel;
    enum courier_server server;
    enum courier_chat chat;
    char language[COURIER_LANGUAGE_MAX + 1];
    char *detail;
    bool closed; /* the other side is gone, or talks nonsense */
    struct heard heard;
    struct buf result;
};

static int64_t ms_of(size_t bytes) { return (int64_t)bytes * 1000 / (COURIER_RATE * SOUND_SAMPLE_BYTES); }

/* ---- frames */

static void send(struct call *call, enum courier_message type, struct span bytes)
{
    if (!call->closed) call->closed = err_failed(channel_put_frame(call->channel, type, bytes));
}

/* The next frame's payload is appended to `into`, at most `max` of it; false when there is no such frame. */
static bool receive(struct call *call, size_t max, uint32_t *type_out, struct buf *into)
{
    return !call->closed && !err_failed(channel_take_frame(call->channel, max, type_out, into));
}

static enum courier_failure gone(struct call *call)
{
    call->closed = true;
    return FAILURE_CANCELLED;
}

/* ---- speech */

static enum courier_failure hear_piece(struct call *call, struct span samples, int64_t offset_ms)
{
    struct remote_server *server = &call->remote->server[COURIER_SPEECH];
    uint8_t header[SOUND_WAV_HEADER_BYTES];
    sound_wav_header((uint32_t)samples.n, header);
    const struct remote_part parts[] = {
        {.name = "file", .file_name = "audio.wav", .media_type = "audio/wav", .value = {span_of(header, sizeof header), samples}},
        {.name = "model", .value = {span_text(server->model)}},
        {.name = "response_format", .value = {SPAN_LITERAL("verbose_json")}},
        {.name = "timestamp_granularities[]", .value = {SPAN_LITERAL("word")}},
        {.name = "timestamp_granularities[]", .value = {SPAN_LITERAL("segment")}},
        {.name = "temperature", .value = {SPAN_LITERAL("0")}},
        {.name = "language", .value = {span_text(call->language)}},
    };
    size_t count = sizeof parts / sizeof parts[0] - (call->language[0] == '\0');
    struct remote_request request = {.path = "/audio/transcriptions", .parts = parts, .part_count = count, .channel = call->channel};
    struct buf answer = BUF_WITH_MAX(SPEECH_ANSWER_MAX);
    enum courier_failure failure = remote_http(server, &request, &answer, call->detail);
    if (failure == FAILURE_NONE && err_failed(answer_read_speech(buf_span(&answer), offset_ms, ms_of(samples.n), &call->heard))) failure = FAILURE_BAD_ANSWER;
    buf_free(&answer);
    return failure;
}

/* The pieces that are full, and at the end what is left; what follows a cut begins the next. */
static enum courier_failure hear_full(struct call *call, struct buf *piece, bool end, size_t *heard_bytes)
{
    while (piece->n >= SOUND_PIECE_BYTES || (end && piece->n >= SHORTEST_BYTES)) {
        bool full = piece->n >= SOUND_PIECE_BYTES;
        size_t n = full ? sound_cut(span_sub(buf_span(piece), 0, SOUND_PIECE_BYTES)) : piece->n / SOUND_SAMPLE_BYTES * SOUND_SAMPLE_BYTES;
        enum courier_failure failure = hear_piece(call, span_sub(buf_span(piece), 0, n), ms_of(*heard_bytes));
        if (failure != FAILURE_NONE) return failure;
        *heard_bytes += n;
        buf_drop_front(piece, n);
        send(call, COURIER_PROGRESS, span_of((const uint8_t[]){PERCENT_MAX}, 1));
    }
    return call->closed ? FAILURE_CANCELLED : FAILURE_NONE;
}

static enum courier_failure hear_all(struct call *call, struct buf *piece, int64_t *duration_ms)
{
    enum courier_failure failure = FAILURE_NONE;
    size_t heard_bytes = 0;
    for (bool end = false; !end && failure == FAILURE_NONE;) {
        uint32_t type;
        if (!receive(call, COURIER_DATA_MAX, &type, piece) || (type != COURIER_DATA && type != COURIER_END)) return gone(call);
        end = type == COURIER_END;
        failure = hear_full(call, piece, end, &heard_bytes);
    }
    *duration_ms = ms_of(heard_bytes);
    return failure;
}

static enum courier_failure transcribe(struct call *call)
{
    const struct remote_server *server = &call->remote->server[COURIER_SPEECH];
    struct buf piece = BUF_WITH_MAX(SOUND_PIECE_BYTES + COURIER_DATA_MAX);
    int64_t duration_ms = 0;
    if (!server->configured) return FAILURE_NOT_CONFIGURED;
    enum courier_failure failure = hear_all(call, &piece, &duration_ms);
    buf_free(&piece);
    if (failure != FAILURE_NONE) return failure;
    if (duration_ms == 0) return FAILURE_INPUT;
    const struct heard_engine engine = {.name = server->url.host, .version = "", .model = server->model};
    return err_failed(heard_put(&call->heard, &engine, duration_ms, &call->result)) ? FAILURE_TOO_LARGE : FAILURE_NONE;
}

/* ---- text */

static bool receive_document(struct call *call, struct buf *document)
{
    for (uint32_t type = COURIER_DATA; type != COURIER_END;)
        if (!receive(call, COURIER_DATA_MAX, &type, document) || (type != COURIER_DATA && type != COURIER_END)) return false;
    return true;
}

static enum courier_failure draft(struct call *call, struct arena *arena)
{
    struct remote_server *server = &call->remote->server[COURIER_TEXT];
    struct buf body = BUF_WITH_MAX(2 * PROMPT_BYTES_MAX), answer = BUF_WITH_MAX(CHAT_ANSWER_MAX);
    enum courier_failure failure = FAILURE_INPUT;
    if (!err_failed(prompt_put(call->chat, server->model, &call->heard, &body))) {
        struct remote_request request = {.path = "/chat/completions", .json = buf_span(&body), .channel = call->channel};
        failure = remote_http(server, &request, &answer, call->detail);
    }
    struct answer_draft draft;
    if (failure == FAILURE_NONE && err_failed(answer_read_draft(buf_span(&answer), heard_count(&call->heard), arena, &draft))) failure = FAILURE_BAD_ANSWER;
    if (failure == FAILURE_NONE) {
        const struct heard_engine engine = {.name = server->url.host, .version = draft.version, .model = draft.model[0] != '\0' ? draft.model : server->model};
        if (err_failed(draft_put(&draft, &engine, &call->result))) failure = FAILURE_TOO_LARGE;
    }
    buf_free(&body);
    buf_free(&answer);
    return failure;
}

static enum courier_failure chat(struct call *call)
{
    struct buf document = BUF_WITH_MAX(COURIER_WORDS_MAX);
    if (!call->remote->server[COURIER_TEXT].configured) return FAILURE_NOT_CONFIGURED;
    enum courier_failure failure = receive_document(call, &document) ? FAILURE_NONE : gone(call);
    if (failure == FAILURE_NONE && err_failed(answer_read_words(buf_span(&document), &call->heard))) failure = FAILURE_INPUT;
    buf_free(&document);
    struct arena arena;
    arena_init(&arena, DRAFT_ARENA);
    if (failure == FAILURE_NONE) failure = draft(call, &arena);
    arena_free(&arena);
    return failure;
}

/* ---- is it there? */

static enum courier_failure probe(struct call *call)
{
    struct remote_server *server = &call->remote->server[call->server];
    struct remote_request request = {.path = "/models", .channel = call->channel};
    struct buf answer = BUF_WITH_MAX(MODELS_ANSWER_MAX);
    bool listed = false;
    enum courier_failure failure = remote_http(server, &request, &answer, call->detail);
    bool has_list = failure == FAILURE_NONE && !err_failed(answer_read_models(buf_span(&answer), server->model, &listed));
    buf_free(&answer);
    /* Whoever answers "no such address" is there, and that it lists no models is no fault. */
    if (failure != FAILURE_NONE && failure != FAILURE_MODEL && failure != FAILURE_BAD_ANSWER) return failure;
    buf_put_text(&call->result, !has_list ? "{\"model\":\"unknown\"}" : listed ? "{\"model\":\"listed\"}" : "{\"model\":\"missing\"}");
    return FAILURE_NONE;
}

/* ---- a call */

/* What is wanted; the rest of its frame is the language. */
static bool begin(struct call *call, uint32_t *type_out)
{
    struct buf first = BUF_WITH_MAX(1 + COURIER_LANGUAGE_MAX);
    bool ok = receive(call, 1 + COURIER_LANGUAGE_MAX, type_out, &first);
    struct wire_reader r = {.rest = buf_span(&first)};
    uint8_t choice = ok && *type_out != COURIER_TRANSCRIBE ? wire_u8(&r) : 0;
    for (size_t i = 0; i < r.rest.n; i++) ok = ok && ((r.rest.p[i] >= 'a' && r.rest.p[i] <= 'z') || r.rest.p[i] == '-');
    ok = ok && !r.failed && r.rest.n <= COURIER_LANGUAGE_MAX;
    if (ok && r.rest.n > 0) memcpy(call->language, r.rest.p, r.rest.n);
    switch (ok ? *type_out : 0) {
    case COURIER_TRANSCRIBE: call->server = COURIER_SPEECH; break;
    case COURIER_CHAT:
        call->server = COURIER_TEXT;
        call->chat = choice;
        ok = choice < COURIER_CHATS;
        break;
    case COURIER_PROBE:
        ok = choice < COURIER_SERVERS;
        if (ok) call->server = choice;
        break;
    default: ok = false;
    }
    buf_free(&first);
    return ok;
}

static void fail(struct call *call, enum courier_failure failure)
{
    struct buf payload = BUF_WITH_MAX(1 + COURIER_DETAIL_MAX);
    buf_put_byte(&payload, (uint8_t)failure);
    buf_put_text(&payload, call->detail);
    send(call, COURIER_FAILED, buf_span(&payload));
    buf_free(&payload);
}

enum courier_failure remote_call(struct remote *remote, int channel, enum courier_server *server_out, char detail[static COURIER_DETAIL_MAX + 1])
{
    struct call call = {.remote = remote, .channel = channel, .detail = detail, .result = BUF_WITH_MAX(COURIER_RESULT_MAX)};
    uint32_t type = 0;
    detail[0] = '\0';
    heard_init(&call.heard);
    enum courier_failure failure = begin(&call, &type) ? FAILURE_NONE : gone(&call);
    if (failure == FAILURE_NONE) failure = type == COURIER_TRANSCRIBE ? transcribe(&call) : type == COURIER_CHAT ? chat(&call) : probe(&call);
    if (failure == FAILURE_NONE) send(&call, COURIER_RESULT, buf_span(&call.result));
    else fail(&call, failure);
    *server_out = call.server;
    heard_free(&call.heard);
    buf_free(&call.result);
    return failure;
}
