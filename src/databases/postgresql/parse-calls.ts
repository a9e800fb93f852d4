import { nameOfParts, readNameParts } from './parse-names.js'

/**
 * Functions that neither write to tables nor run SQL. Everything else may: a function's name says nothing about its body.
 * https://www.postgresql.org/docs/current/functions.html, and those of the extensions that Prisma projects use most.
 */
const WITHOUT_EFFECTS = new Set(
  `abs age any_value array_agg array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions array_prepend
  array_remove array_replace array_to_json array_to_string array_upper ascii avg bit_and bit_length bit_or bool_and bool_or btrim cardinality cbrt ceil ceiling
  char_length character_length chr clock_timestamp coalesce col_description concat concat_ws convert_from convert_to corr cos count crypt cume_dist current_database
  current_date current_schema current_schemas current_setting current_time current_timestamp current_user currval date date_bin date_part date_trunc decode degrees
  dense_rank digest div encode enum_first enum_last enum_range every exp extract factorial first_value floor format format_type gen_random_bytes gen_random_uuid
  gen_salt generate_series generate_subscripts get_byte greatest has_schema_privilege has_table_privilege hashtext hmac hstore initcap inet_client_addr
  json_agg json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text json_extract_path
  json_extract_path_text json_object json_object_agg json_object_keys json_populate_record json_strip_nulls json_to_record json_to_recordset json_typeof jsonb_agg
  jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_exists jsonb_extract_path
  jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_path_query_array
  jsonb_path_query_first jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset
  jsonb_typeof justify_interval lag last_value lastval lead least left length ln localtime localtimestamp log lower lpad ltrim make_date make_interval make_time
  make_timestamp make_timestamptz max md5 min mod mode nanoid nextval normalize now nth_value ntile nullif num_nonnulls num_nulls obj_description octet_length
  overlay parse_ident percent_rank percentile_cont percentile_disc pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_backend_pid pg_column_size
  pg_get_constraintdef pg_get_expr pg_get_functiondef pg_get_indexdef pg_get_serial_sequence pg_get_triggerdef pg_get_viewdef pg_relation_size pg_sleep
  pg_table_is_visible pg_total_relation_size pg_try_advisory_lock pg_typeof phraseto_tsquery pi plainto_tsquery point position postgis_version power quote_ident
  quote_literal quote_nullable radians random range_agg rank regexp_count regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
  regexp_split_to_table regexp_substr repeat replace reverse right round row_number row_to_json rpad rtrim session_user set_config setseed setval setweight sha224
  sha256 sha384 sha512 show_trgm sign similarity sin split_part sqrt st_asgeojson st_astext st_distance st_dwithin st_geogfromtext st_geomfromtext st_makepoint
  st_point st_setsrid st_transform st_x st_y starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array string_to_table strpos substr
  substring sum tan timeofday timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number to_regclass to_regnamespace to_regproc to_regtype to_timestamp
  to_tsquery to_tsvector transaction_timestamp translate trim trim_scale trunc ts_headline ts_rank ts_rank_cd tsvector_to_array txid_current unaccent unistr unnest
  upper user uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuidv4 uuidv7 var_pop var_samp variance version
  websearch_to_tsquery width_bucket word_similarity xmlagg xmlconcat xmlelement xmlforest`.split(/\s+/),
)

/** Names of the functions that any part of the tree calls and that may have effects; each once, in order. */
export function readCalls(tree: unknown): readonly string[] {
  const names = new Set<string>()
  visitTree(tree, (key, value) => {
    if (key !== 'FuncCall') return
    const name = readFunctionName(value)
    if (name !== null && !WITHOUT_EFFECTS.has(name)) names.add(name)
  })
  return [...names]
}

function readFunctionName(call: unknown): string | null {
  if (typeof call !== 'object' || call === null || !('funcname' in call) || !Array.isArray(call.funcname)) return null
  const { schema, name } = nameOfParts(call.funcname.flatMap(readNameParts))
  return schema === null || schema === 'pg_catalog' ? name : `${schema}.${name}`
}

/** Calls `visit` for every key and value of a parse tree, parents first. */
export function visitTree(tree: unknown, visit: (key: string, value: unknown) => void): void {
  if (Array.isArray(tree)) {
    for (const item of tree) visitTree(item, visit)
  } else if (typeof tree === 'object' && tree !== null) {
    for (const [key, value] of Object.entries(tree)) {
      visit(key, value)
      visitTree(value, visit)
    }
  }
}
