#include "db/statements.h"

const struct statement_row statement_table[SQL_COUNT] = {
#define Q(name, scope, kind, in, out, sql) [SQL_##name] = {#name, SCOPE_##scope, kind, in, out, sql},
#include "db/statements.def"
#undef Q
};
