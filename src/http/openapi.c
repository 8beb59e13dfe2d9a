#include "http/openapi.h"

#include "base/json.h"
#include "http/shapes.h"
#include "wire/routes.h"

static void put_ref(struct json *j, const char *kind, const char *name)
{
    struct buf text = BUF_WITH_MAX(200);
    buf_put_text(&text, "#/components/");
    buf_put_text(&text, kind);
    buf_put_byte(&text, '/');
    buf_put_text(&text, name);
    json_put_text(j, "$ref", buf_span(&text));
    buf_free(&text);
}

static void put_words(struct json *j, const char *const *words, bool nullable)
{
    json_key(j, "enum");
    json_array(j);
    for (; *words != NULL; words++) json_text(j, span_text(*words));
    if (nullable) json_null(j);
    json_array_end(j);
}

static void put_type(struct json *j, const char *type, bool nullable)
{
    if (!nullable) {
        json_put_word(j, "type", type);
        return;
    }
    json_key(j, "type");
    json_array(j);
    json_text(j, span_text(type));
    json_text(j, SPAN_LITERAL("null"));
    json_array_end(j);
}

static void put_list(struct json *j, const struct shape_member *m)
{
    put_type(j, "array", m->nullable);
    json_key(j, "items");
    json_object(j);
    if (m->of != NULL) put_ref(j, "schemas", m->of);
    else {
        json_put_word(j, "type", "string");
        if (m->words != NULL) put_words(j, m->words, false);
        else json_put_word(j, "format", "uuid");
    }
    json_object_end(j);
}

static void put_nullable_ref(struct json *j, const char *of)
{
    json_key(j, "anyOf");
    json_array(j);
    json_object(j);
    put_ref(j, "schemas", of);
    json_object_end(j);
    json_object(j);
    json_put_word(j, "type", "null");
    json_object_end(j);
    json_array_end(j);
}

static void put_member(struct json *j, const struct shape_member *m)
{
    json_key(j, m->name);
    json_object(j);
    switch ((enum shape_type)m->type) {
    case SHAPE_TEXT: put_type(j, "string", m->nullable); break;
    case SHAPE_ID: case SHAPE_TIME:
        put_type(j, "string", m->nullable);
        json_put_word(j, "format", m->type == SHAPE_ID ? "uuid" : "date-time");
        break;
    case SHAPE_INTEGER: put_type(j, "integer", m->nullable); break;
    case SHAPE_NUMBER: put_type(j, "number", m->nullable); break;
    case SHAPE_BOOL: put_type(j, "boolean", m->nullable); break;
    case SHAPE_DOCUMENT: put_type(j, "object", m->nullable); break;
    case SHAPE_WORD:
        put_type(j, "string", m->nullable);
        put_words(j, m->words, m->nullable);
        break;
    case SHAPE_OF:
        if (m->nullable) put_nullable_ref(j, m->of);
        else put_ref(j, "schemas", m->of);
        break;
    case SHAPE_LIST: put_list(j, m); break;
    }
    json_object_end(j);
}

static void put_shape(struct json *j, const struct shape *shape)
{
    json_key(j, shape->name);
    json_object(j);
    json_put_word(j, "type", "object");
    json_put_word(j, "description", shape->summary);
    json_put_bool(j, "additionalProperties", false);
    json_key(j, "properties");
    json_object(j);
    for (unsigned i = 0; i < shape->count; i++) put_member(j, &shape->members[i]);
    json_object_end(j);
    json_key(j, "required");
    json_array(j);
    for (unsigned i = 0; i < shape->count; i++)
        if (!shape->members[i].optional) json_text(j, span_text(shape->members[i].name));
    json_array_end(j);
    json_object_end(j);
}

static void put_lengths(struct json *j, const struct field *field)
{
    json_put_i64(j, "minLength", field->min);
    json_put_i64(j, "maxLength", field->max);
}

static void put_word_list(struct json *j, const struct field *field)
{
    json_put_word(j, "type", "array");
    json_put_bool(j, "uniqueItems", true);
    json_key(j, "items");
    json_object(j);
    json_put_word(j, "type", "string");
    put_words(j, field->words, false);
    json_object_end(j);
}

static void put_field_schema(struct json *j, const struct field *field)
{
    if (field->type == FIELD_WORDS) {
        put_word_list(j, field);
        return;
    }
    bool number = field->type == FIELD_INTEGER;
    json_put_word(j, "type", number ? "integer" : field->type == FIELD_BOOL ? "boolean" : "string");
    switch ((enum field_type)field->type) {
    case FIELD_TEXT: case FIELD_NAME: case FIELD_CURSOR: case FIELD_TOKEN: put_lengths(j, field); break;
    case FIELD_EMAIL: json_put_word(j, "format", "email"); put_lengths(j, field); break;
    case FIELD_PASSWORD: json_put_word(j, "format", "password"); put_lengths(j, field); break;
    case FIELD_WORD: put_words(j, field->words, false); break;
    case FIELD_WORDS: break; /* above */
    case FIELD_TIME: json_put_word(j, "format", "date-time"); break;
    case FIELD_ID: json_put_word(j, "format", "uuid"); break;
    case FIELD_INTEGER:
        json_put_i64(j, "minimum", field->min);
        json_put_i64(j, "maximum", field->max);
        break;
    case FIELD_BOOL: break;
    case FIELD_VERSION: json_put_word(j, "pattern", "^\"v[0-9]+\"$"); break;
    case FIELD_RANGE: json_put_word(j, "pattern", "^bytes="); break;
    case FIELD_AUDIO: case FIELD_PICTURE: json_put_word(j, "format", "binary"); break;
    }
}

static void put_parameters(struct json *j, const struct route *route)
{
    static const char *const places[] = {[IN_BODY] = "body", [IN_PATH] = "path", [IN_QUERY] = "query", [IN_HEADER] = "header"};
    json_key(j, "parameters");
    json_array(j);
    for (unsigned i = 0; i < route->field_count; i++) {
        const struct field *field = &route->fields[i];
        if (field->where == IN_BODY) continue;
        json_object(j);
        json_put_word(j, "name", field->name);
        json_put_word(j, "in", places[field->where]);
        json_put_bool(j, "required", field->required);
        json_put_word(j, "description", field->summary);
        json_key(j, "schema");
        json_object(j);
        put_field_schema(j, field);
        json_object_end(j);
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_body_schema(struct json *j, const struct route *route)
{
    json_key(j, "schema");
    json_object(j);
    json_put_word(j, "type", "object");
    json_put_bool(j, "additionalProperties", false);
    json_key(j, "properties");
    json_object(j);
    for (unsigned i = 0; i < route->field_count; i++) {
        if (route->fields[i].where != IN_BODY) continue;
        json_key(j, route->fields[i].name);
        json_object(j);
        json_put_word(j, "description", route->fields[i].summary);
        put_field_schema(j, &route->fields[i]);
        json_object_end(j);
    }
    json_object_end(j);
    json_key(j, "required");
    json_array(j);
    for (unsigned i = 0; i < route->field_count; i++)
        if (route->fields[i].where == IN_BODY && route->fields[i].required) json_text(j, span_text(route->fields[i].name));
    json_array_end(j);
    json_object_end(j);
}

static void put_body(struct json *j, const struct route *route)
{
    if (!route->json_body && !route->multipart) return;
    json_key(j, "requestBody");
    json_object(j);
    json_put_bool(j, "required", true);
    json_key(j, "content");
    json_object(j);
    json_key(j, route->multipart ? "multipart/form-data" : "application/json");
    json_object(j);
    put_body_schema(j, route);
    json_object_end(j);
    json_object_end(j);
    json_object_end(j);
}

static void put_file_content(struct json *j)
{
    for (unsigned type = MEDIA_NONE + 1; type < MEDIA_TYPE_COUNT; type++) {
        json_key(j, media_type_name(type));
        json_object(j);
        json_key(j, "schema");
        json_object(j);
        json_put_word(j, "type", "string");
        json_put_word(j, "format", "binary");
        json_object_end(j);
        json_object_end(j);
    }
}

static void put_content(struct json *j, const struct route *route)
{
    json_key(j, "content");
    json_object(j);
    if (strcmp(route->answer, "file") == 0) put_file_content(j);
    else {
        json_key(j, route->events ? "text/event-stream" : "application/json");
        json_object(j);
        json_key(j, "schema");
        json_object(j);
        if (shapes_find(route->answer) != NULL) put_ref(j, "schemas", route->answer);
        else json_put_word(j, "type", route->events ? "string" : "object");
        json_object_end(j);
        json_object_end(j);
    }
    json_object_end(j);
}

static void put_responses(struct json *j, const struct route *route)
{
    char status[4] = {(char)('0' + route->success / 100), (char)('0' + route->success / 10 % 10), (char)('0' + route->success % 10), 0};
    json_key(j, "responses");
    json_object(j);
    json_key(j, status);
    json_object(j);
    json_put_word(j, "description", route->summary);
    if (route->answer != NULL) put_content(j, route);
    json_object_end(j);
    json_key(j, "default");
    json_object(j);
    put_ref(j, "responses", "problem");
    json_object_end(j);
    json_object_end(j);
}

static void put_security(struct json *j, const struct route *route)
{
    json_key(j, "security");
    json_array(j);
    for (int i = 0; i < 2 && (route->who & WHO_ANYONE) == 0; i++) {
        json_object(j);
        json_key(j, i == 0 ? "bearer" : "cookie");
        json_array(j);
        json_array_end(j);
        json_object_end(j);
    }
    json_array_end(j);
}

/* "get /me/sessions/{id}" → "get_me_sessions_id" */
static void put_operation_id(struct json *j, const struct route *route, const char *method)
{
    struct buf text = BUF_WITH_MAX(100);
    buf_put_text(&text, method);
    for (const char *p = route->path; *p != '\0'; p++)
        if (*p != '{' && *p != '}') buf_put_byte(&text, *p == '/' || *p == '-' || *p == '.' ? '_' : (uint8_t)*p);
    json_put_text(j, "operationId", buf_span(&text));
    buf_free(&text);
}

static void put_route(struct json *j, const struct route *route)
{
    char method[8] = {0};
    for (size_t i = 0; route->method[i] != '\0' && i < sizeof method - 1; i++) method[i] = (char)(route->method[i] + 32);
    json_key(j, method);
    json_object(j);
    put_operation_id(j, route, method);
    json_put_word(j, "summary", route->summary);
    put_security(j, route);
    put_parameters(j, route);
    put_body(j, route);
    put_responses(j, route);
    json_object_end(j);
}

static bool is_first_of_path(unsigned index)
{
    for (unsigned i = 0; i < index; i++)
        if (route_table[i].path != NULL && strcmp(route_table[i].path, route_table[index].path) == 0) return false;
    return true;
}

static void put_paths(struct json *j)
{
    json_key(j, "paths");
    json_object(j);
    for (unsigned i = 0; i < ROUTE_COUNT; i++) {
        if (route_table[i].path == NULL || !is_first_of_path(i)) continue;
        json_key(j, route_table[i].path);
        json_object(j);
        for (unsigned k = i; k < ROUTE_COUNT; k++)
            if (route_table[k].path != NULL && strcmp(route_table[k].path, route_table[i].path) == 0) put_route(j, &route_table[k]);
        json_object_end(j);
    }
    json_object_end(j);
}

/* Every code that a client may meet, once. */
static void put_codes(struct json *j)
{
    json_key(j, "x-problem-codes");
    json_array(j);
    for (unsigned code = ERR_OK + 1; code < ERR_COUNT; code++) {
        bool known = false;
        for (unsigned i = ERR_OK + 1; i < code && !known; i++) known = strcmp(err_public_code(i), err_public_code(code)) == 0;
        if (known) continue;
        json_object(j);
        json_put_word(j, "code", err_public_code(code));
        json_put_i64(j, "status", err_http_status(code));
        json_put_word(j, "title", err_title(code));
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_components(struct json *j)
{
    json_key(j, "components");
    json_object(j);
    json_key(j, "schemas");
    json_object(j);
    for (const struct shape *shape = shapes_table; shape->name != NULL; shape++) put_shape(j, shape);
    json_object_end(j);
    json_key(j, "responses");
    json_raw(j, SPAN_LITERAL("{\"problem\":{\"description\":\"What went wrong; x-problem-codes lists the codes\",\"content\":{"
                             "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/problem\"}}}}}"));
    json_key(j, "securitySchemes");
    json_raw(j, SPAN_LITERAL("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"session_token of /login\"},"
                             "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-at\","
                             "\"description\":\"set by /session; requests that change something also send X-CSRF-Token\"}}"));
    json_object_end(j);
}

void openapi_put(struct buf *out)
{
    struct json j = JSON_TO(out);
    json_object(&j);
    json_put_word(&j, "openapi", "3.1.0");
    json_key(&j, "info");
    json_raw(&j, SPAN_LITERAL("{\"title\":\"MedScribe\",\"version\":\"1\",\"summary\":\"Clinical intake and scribe server\","
                              "\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}}"));
    json_key(&j, "servers");
    json_raw(&j, SPAN_LITERAL("[{\"url\":\"/api/v1\"}]"));
    put_paths(&j);
    put_components(&j);
    put_codes(&j);
    json_object_end(&j);
}

void openapi_put_matrix(struct buf *out)
{
    static const unsigned roles[] = {WHO_PATIENT, WHO_DOCTOR, WHO_ADMIN, WHO_AUDITOR, WHO_READONLY, WHO_PENDING};
    buf_put_text(out, "method,path,anonymous,patient,doctor,admin,auditor,readonly,pending\n");
    for (unsigned i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = &route_table[i];
        if (route->path == NULL) continue;
        buf_put_text(out, route->method);
        buf_put_text(out, ",/api/v1");
        buf_put_text(out, route->path);
        buf_put_text(out, (route->who & WHO_ANYONE) != 0 ? ",yes" : ",no");
        for (unsigned r = 0; r < sizeof roles / sizeof roles[0]; r++)
            buf_put_text(out, (route->who & (roles[r] | WHO_ANYONE)) != 0 ? ",yes" : ",no");
        buf_put_byte(out, '\n');
    }
}
