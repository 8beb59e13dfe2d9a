/* The description of the interface (OpenAPI 3.1) and the authorisation matrix, both made of the route table. */
#ifndef MEDSCRIBE_HTTP_OPENAPI_H
#define MEDSCRIBE_HTTP_OPENAPI_H
#include "base/buf.h"

enum { OPENAPI_MAX = 512 * 1024 };
void openapi_put(struct buf *out);
/* CSV: method,path,anonymous,patient,doctor,admin,auditor,readonly,pending with yes or no. */
void openapi_put_matrix(struct buf *out);

#endif
