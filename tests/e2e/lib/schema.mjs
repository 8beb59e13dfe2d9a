// The part of JSON Schema that our description of the API uses. An empty list: the value fits.
export function schemaProblems(value, schema, api, at = '$') {
  if (schema.$ref) return schemaProblems(value, schema.$ref.slice(2).split('/').reduce((place, key) => place[key], api), api, at);
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.some((one) => schemaProblems(value, one, api, at).length === 0) ? [] : [`${at}: fits none of ${JSON.stringify(options)}`];
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.includes(kind) && !(kind === 'integer' && types.includes('number'))) return [`${at}: ${kind} instead of ${types}`];
  const out = [];
  if (schema.enum && !schema.enum.includes(value)) out.push(`${at}: ${JSON.stringify(value)} is not one of ${schema.enum}`);
  if (schema.const !== undefined && schema.const !== value) out.push(`${at}: ${JSON.stringify(value)} is not ${schema.const}`);
  if (schema.pattern && kind === 'string' && !new RegExp(schema.pattern).test(value)) out.push(`${at}: ${value} does not fit ${schema.pattern}`);
  if (schema.format === 'uuid' && kind === 'string' && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) out.push(`${at}: ${value} is no uuid`);
  if (schema.format === 'date-time' && kind === 'string' && Number.isNaN(Date.parse(value))) out.push(`${at}: ${value} is no time`);
  if (kind === 'array' && schema.items) value.forEach((item, i) => out.push(...schemaProblems(item, schema.items, api, `${at}[${i}]`)));
  if (kind === 'object' && schema.properties) {
    for (const name of schema.required ?? []) if (!(name in value)) out.push(`${at}: ${name} is missing`);
    for (const [name, member] of Object.entries(value)) {
      if (schema.properties[name]) out.push(...schemaProblems(member, schema.properties[name], api, `${at}.${name}`));
      else if (schema.additionalProperties === false) out.push(`${at}: ${name} is not described`);
    }
    if (schema.additionalProperties !== false) out.push(`${at}: the description is not closed`);
  }
  return out;
}
