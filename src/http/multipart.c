#include "http/multipart.h"

#include "http/ascii.h"

enum state {
    BEFORE,         /* nothing may stand before the first delimiter */
    DATA,
    AFTER_BOUNDARY, /* CR LF: a part; - -: the end */
    AFTER_CR, AFTER_DASH,
    HEAD,
    EPILOGUE, EPILOGUE_CR, FINISHED,
};

bool multipart_is_form(struct span content_type)
{
    return ascii_is(ascii_trim(ascii_cut(&content_type, ';')), "multipart/form-data");
}

/* One `name=value` or `name="value"` of a header's parameters, off the front of `rest`. \" does not end a value; other
   backslashes stand for themselves, for old browsers send whole Windows paths. Values stay as they were written. */
static bool next_parameter(struct span *rest, struct span *name_out, struct span *value_out)
{
    struct span left = ascii_trim(*rest);
    if (left.n == 0 || left.p[0] != ';') return false;
    left = ascii_trim(span_sub(left, 1, left.n));
    size_t n = 0;
    while (n < left.n && ascii_is_token(left.p[n])) n++;
    if (n == 0 || n == left.n || left.p[n] != '=') return false;
    *name_out = span_sub(left, 0, n);
    left = span_sub(left, n + 1, left.n);
    bool quoted = left.n > 0 && left.p[0] == '"';
    if (quoted)
        for (n = 1; n < left.n && left.p[n] != '"';) n += left.p[n] == '\\' && n + 1 < left.n && left.p[n + 1] == '"' ? 2 : 1;
    else
        for (n = 0; n < left.n && ascii_is_token(left.p[n]);) n++;
    if (n == 0 || (quoted && n >= left.n)) return false;
    *value_out = quoted ? span_sub(left, 1, n - 1) : span_sub(left, 0, n);
    *rest = span_sub(left, quoted ? n + 1 : n, left.n);
    return true;
}

static bool is_boundary(uint8_t c) { return ascii_is_alnum(c) || (c != 0 && strchr("'()+_,-./:=? ", c) != NULL && c < 0x80); }

static struct err find_boundary(struct span content_type, struct span *boundary_out)
{
    struct span rest = content_type, name, value;
    unsigned count = 0;
    ascii_cut(&rest, ';');
    if (rest.p != NULL) rest = span_of(rest.p - 1, rest.n + 1);
    while (next_parameter(&rest, &name, &value)) {
        if (!ascii_is(name, "boundary")) continue;
        *boundary_out = value;
        count++;
    }
    bool usable = count == 1 && ascii_trim(rest).n == 0 && boundary_out->n <= MULTIPART_BOUNDARY_MAX &&
                  ascii_all(*boundary_out, is_boundary) && boundary_out->p[boundary_out->n - 1] != ' ';
    return usable ? OK : FAIL(BAD_MULTIPART);
}

struct err multipart_init(struct multipart *m, struct span content_type, struct multipart_user user)
{
    struct span boundary = SPAN_NONE;
    *m = (struct multipart){.user = user, .state = BEFORE, .head = BUF_WITH_MAX(MULTIPART_HEAD_MAX)};
    TRY(find_boundary(content_type, &boundary));
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary.p, boundary.n);
    m->delimiter_bytes = boundary.n + 4;
    m->matched = 2; /* as if a line had ended before the body */
    return OK;
}

void multipart_done(struct multipart *m) { buf_free(&m->head); }

struct part_head {
    struct multipart_part part;
    bool has_disposition, has_type, has_name;
};

static struct err disposition(struct span value, struct part_head *head)
{
    struct span rest = value, name, text;
    if (head->has_disposition || !ascii_is(ascii_trim(ascii_cut(&rest, ';')), "form-data")) return FAIL(BAD_MULTIPART);
    head->has_disposition = true;
    if (rest.p != NULL) rest = span_of(rest.p - 1, rest.n + 1);
    while (next_parameter(&rest, &name, &text)) {
        if (ascii_is(name, "name")) {
            if (head->has_name) return FAIL(BAD_MULTIPART);
            head->has_name = true;
            head->part.name = text;
        } else if (ascii_is(name, "filename") || ascii_is(name, "filename*")) {
            head->part.has_file_name = true;
            head->part.file_name = text; /* of interest for its ending only */
        }
    }
    return ascii_trim(rest).n == 0 && head->has_name ? OK : FAIL(BAD_MULTIPART);
}

static struct err head_line(struct span line, struct part_head *head)
{
    struct span value = line, name = ascii_cut(&value, ':');
    if (name.n == line.n || !ascii_all(name, ascii_is_token)) return FAIL(BAD_MULTIPART);
    value = ascii_trim(value);
    for (size_t i = 0; i < value.n; i++)
        if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f) return FAIL(BAD_MULTIPART);
    if (ascii_is(name, "Content-Disposition")) return disposition(value, head);
    if (ascii_is(name, "Content-Type")) {
        if (head->has_type || ascii_starts(value, "multipart/")) return FAIL(BAD_MULTIPART);
        head->has_type = true;
        head->part.type = ascii_trim(ascii_cut(&value, ';'));
    } else if (ascii_is(name, "Content-Transfer-Encoding")) {
        if (!ascii_is(value, "binary") && !ascii_is(value, "8bit") && !ascii_is(value, "7bit")) return FAIL(BAD_MULTIPART);
    }
    return OK;
}

/* m->head holds all lines with their ends and the empty line. */
static struct err end_head(struct multipart *m)
{
    struct part_head head = {.has_name = false};
    struct span rest = buf_span(&m->head);
    while (rest.n > 2) {
        struct span line = ascii_cut(&rest, '\n');
        if (line.n == 0 || line.p[line.n - 1] != '\r') return FAIL(BAD_MULTIPART);
        line.n--;
        TRY(head_line(line, &head));
    }
    if (!head.has_disposition) return FAIL(BAD_MULTIPART);
    if (++m->parts > MULTIPART_PARTS_MAX) return FAIL(TOO_MANY_PARTS);
    m->state = DATA;
    struct err err = m->user.part(m->user.context, &head.part);
    buf_reset(&m->head);
    return err;
}

static struct err push_head(struct multipart *m, struct span *bytes)
{
    while (bytes->n > 0) {
        buf_put_byte(&m->head, bytes->p[0]);
        *bytes = span_sub(*bytes, 1, bytes->n);
        if (m->head.failed) return FAIL(BAD_MULTIPART);
        size_t n = m->head.n;
        if (m->head.p[n - 1] != '\n') continue;
        if (n < 2 || m->head.p[n - 2] != '\r') return FAIL(BAD_MULTIPART);
        if (n == 2 || (n >= 4 && memcmp(m->head.p + n - 4, "\r\n\r\n", 4) == 0)) return end_head(m);
    }
    return OK;
}

/* Data up to the delimiter. CR stands only at the delimiter's beginning, so after a mismatch nothing of what had matched can
   begin another one. */
static struct err push_data(struct multipart *m, struct span *bytes)
{
    size_t at = 0, from = 0;
    while (at < bytes->n && m->matched < m->delimiter_bytes) {
        if (m->matched == 0) {
            const uint8_t *cr = memchr(bytes->p + at, '\r', bytes->n - at);
            at = cr == NULL ? bytes->n : (size_t)(cr - bytes->p);
            if (at > from) TRY(m->user.data(m->user.context, span_sub(*bytes, from, at - from)));
            from = at;
            if (cr == NULL) break;
        }
        if (bytes->p[at] == (uint8_t)m->delimiter[m->matched]) {
            m->matched++;
            from = ++at;
            continue;
        }
        TRY(m->user.data(m->user.context, span_of(m->delimiter, m->matched)));
        m->matched = 0;
        from = at;
    }
    *bytes = span_sub(*bytes, at, bytes->n);
    if (m->matched < m->delimiter_bytes) return OK;
    m->matched = 0;
    m->state = AFTER_BOUNDARY;
    return m->user.part_end(m->user.context);
}

static struct err push_before(struct multipart *m, struct span *bytes)
{
    while (bytes->n > 0 && m->matched < m->delimiter_bytes) {
        if (m->matched == 2 && bytes->p[0] == '\r') m->matched = 0; /* a line end before the first delimiter */
        if (bytes->p[0] != (uint8_t)m->delimiter[m->matched++]) return FAIL(BAD_MULTIPART);
        *bytes = span_sub(*bytes, 1, bytes->n);
    }
    if (m->matched == m->delimiter_bytes) {
        m->matched = 0;
        m->state = AFTER_BOUNDARY;
    }
    return OK;
}

static struct err push_byte(struct multipart *m, uint8_t c)
{
    static const struct {
        uint8_t from, byte, to;
    } steps[] = {
        {AFTER_BOUNDARY, '\r', AFTER_CR}, {AFTER_BOUNDARY, '-', AFTER_DASH}, {AFTER_CR, '\n', HEAD}, {AFTER_DASH, '-', EPILOGUE},
        {EPILOGUE, '\r', EPILOGUE_CR}, {EPILOGUE_CR, '\n', FINISHED},
    };
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].from != m->state || steps[i].byte != c) continue;
        m->state = steps[i].to;
        if (m->state == EPILOGUE && m->parts == 0) return FAIL(BAD_MULTIPART);
        return OK;
    }
    return FAIL(BAD_MULTIPART);
}

struct err multipart_push(struct multipart *m, struct span bytes)
{
    while (bytes.n > 0) {
        switch ((enum state)m->state) {
        case BEFORE: TRY(push_before(m, &bytes)); break;
        case DATA: TRY(push_data(m, &bytes)); break;
        case HEAD: TRY(push_head(m, &bytes)); break;
        case AFTER_BOUNDARY: case AFTER_CR: case AFTER_DASH: case EPILOGUE: case EPILOGUE_CR: case FINISHED:
            TRY(push_byte(m, bytes.p[0]));
            bytes = span_sub(bytes, 1, bytes.n);
            break;
        }
    }
    return OK;
}

struct err multipart_end(const struct multipart *m)
{
    return m->state == EPILOGUE || m->state == FINISHED ? OK : FAIL(BAD_MULTIPART);
}
