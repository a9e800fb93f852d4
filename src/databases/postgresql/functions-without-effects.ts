/**
 * Functions that neither write to tables nor run SQL that does. Everything else may: a function's name says nothing about its body.
 * https://www.postgresql.org/docs/current/functions.html
 */

/** Those of PostgreSQL 15 to 18 that pg_proc calls immutable or stable, but for what only operators and types use. */
const STABLE = `abbrev abs acldefault aclexplode acos acosd acosh age any_value area array_agg array_append array_cat array_dims array_eq array_fill
  array_length array_lower array_ndims array_position array_positions array_prepend array_remove array_replace array_reverse array_sort
  array_to_json array_to_string array_to_tsvector array_upper arraycontained arraycontains arrayoverlap ascii asin asind asinh atan atan2
  atan2d atand atanh avg bit bit_and bit_count bit_length bit_or bit_xor bool bool_and bool_or box bpchar broadcast btrim bytea
  bytea_larger bytea_smaller cardinality casefold cash_words cbrt ceil ceiling center char char_length character_length chr cidr circle
  coalesce col_description concat concat_ws convert convert_from convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp crc32
  crc32c cume_dist current_database current_date current_schema current_schemas current_setting current_time current_timestamp current_user
  database_to_xml database_to_xml_and_xmlschema database_to_xmlschema date date_add date_bin date_mi date_part date_pl_interval
  date_subtract date_trunc datemultirange daterange decode degrees dense_rank dexp diagonal diameter div dlog1 dlog10 dround dtrunc encode
  enum_first enum_last enum_range erf erfc every exp extract factorial family first_value float4 float8 floor format format_type gamma gcd
  generate_series generate_subscripts get_bit get_byte get_current_ts_config getdatabaseencoding getpgusername
  gist_translate_cmptype_common greatest has_any_column_privilege has_column_privilege has_database_privilege
  has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege has_largeobject_privilege has_parameter_privilege
  has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege hashbool
  hashboolextended hashbytea hashbyteaextended hashcid hashcidextended hashdate hashdateextended hashtext hashtextextended hashxid hashxid8
  hashxid8extended hashxidextended height host hostmask icu_unicode_version inet_client_addr inet_client_port inet_server_addr
  inet_server_port initcap int2 int4 int4div int4inc int4mi int4mul int4multirange int4pl int4range int8 int8_sum int8mi int8multirange
  int8pl int8range interval is_normalized isclosed isempty isfinite ishorizontal isopen isparallel isperp isvertical json_agg
  json_agg_strict json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each
  json_each_text json_extract_path json_extract_path_text json_object json_object_agg json_object_agg_strict json_object_agg_unique
  json_object_agg_unique_strict json_object_keys json_populate_record json_populate_recordset json_strip_nulls json_to_record
  json_to_recordset json_to_tsvector json_typeof jsonb_agg jsonb_agg_strict jsonb_array_element jsonb_array_element_text
  jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_concat jsonb_contained
  jsonb_contains jsonb_delete jsonb_delete_path jsonb_each jsonb_each_text jsonb_exists jsonb_exists_all jsonb_exists_any
  jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_agg_strict jsonb_object_agg_unique
  jsonb_object_agg_unique_strict jsonb_object_field jsonb_object_field_text jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz
  jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
  jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_record_valid jsonb_populate_recordset jsonb_pretty
  jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_to_tsvector jsonb_typeof justify_days justify_hours
  justify_interval lag last_value lcm lead least left length lgamma like like_escape line ln localtime localtimestamp log log10 lower
  lower_inc lower_inf lpad lseg ltrim macaddr macaddr8 macaddr8_set7bit make_date make_interval make_time make_timestamp make_timestamptz
  makeaclitem masklen max md5 min min_scale mod mode money multirange mxid_age name nameconcatoid netmask network normalize notlike now
  npoints nth_value ntile nullif num_nonnulls num_nulls numeric numeric_add numeric_div numeric_div_trunc numeric_exp numeric_inc
  numeric_ln numeric_log numeric_mul numeric_sqrt numeric_sub nummultirange numnode numrange obj_description octet_length oid
  oidvectortypes overlaps overlay parse_ident path pclose percent_rank percentile_cont percentile_disc pg_available_extension_versions
  pg_available_extensions pg_backend_pid pg_basetype pg_char_to_encoding pg_client_encoding pg_collation_for pg_collation_is_visible
  pg_column_compression pg_column_is_updatable pg_column_size pg_column_toast_chunk_id pg_conf_load_time pg_config pg_conversion_is_visible
  pg_current_snapshot pg_current_xact_id pg_current_xact_id_if_assigned pg_cursor pg_describe_object pg_encoding_max_length
  pg_encoding_to_char pg_extension_update_paths pg_filenode_relation pg_function_is_visible pg_get_acl pg_get_catalog_foreign_keys
  pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments
  pg_get_function_result pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_object_address
  pg_get_partition_constraintdef pg_get_partkeydef pg_get_publication_tables pg_get_replica_identity_index pg_get_replication_slots
  pg_get_ruledef pg_get_serial_sequence pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions
  pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address
  pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_indexam_progress_phasename pg_input_error_info
  pg_input_is_valid pg_is_other_temp_schema pg_listening_channels pg_lsn pg_mcv_list_items pg_my_temp_schema pg_numa_available
  pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table pg_partition_root pg_postmaster_start_time
  pg_prepared_statement pg_relation_filenode pg_relation_filepath pg_relation_is_publishable pg_relation_is_updatable
  pg_replication_origin_oid pg_sequence_parameters pg_settings_get_flags pg_show_all_settings pg_size_bytes pg_size_pretty pg_snapshot_xip
  pg_snapshot_xmax pg_snapshot_xmin pg_split_walfile_name pg_statistics_obj_is_visible pg_table_is_visible pg_tablespace_databases
  pg_tablespace_location pg_timezone_abbrevs pg_timezone_abbrevs_abbrevs pg_timezone_abbrevs_zone pg_timezone_names pg_trigger_depth
  pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof
  pg_visible_in_snapshot pg_wal_lsn_diff pg_walfile_name pg_walfile_name_offset phraseto_tsquery pi plainto_tsquery point polygon popen
  position pow power querytree quote_ident quote_literal quote_nullable radians radius range_adjacent range_agg range_contains
  range_contains_elem range_intersect range_intersect_agg range_merge range_minus range_overlaps range_union rank record_larger
  record_smaller regclass regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
  regexp_split_to_table regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat
  replace reverse right round row_number row_security_active row_to_json rpad rtrim satisfies_hash_partition scale schema_to_xml
  schema_to_xml_and_xmlschema schema_to_xmlschema session_user set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512
  shobj_description sign similar_escape similar_to_escape sin sind sinh slope split_part sqrt starts_with statement_timestamp stddev
  stddev_pop stddev_samp string_agg string_to_array string_to_table strip strpos substr substring sum system_user table_to_xml
  table_to_xml_and_xmlschema table_to_xmlschema tan tand tanh text textcat texticlike texticnlike texticregexeq textlen textlike textnlike
  textregexeq time timestamp timestamp_mi timestamptz timestamptz_hash timestamptz_hash_extended timetz timezone to_ascii to_bin to_char
  to_date to_hex to_json to_jsonb to_number to_oct to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc
  to_regprocedure to_regrole to_regtype to_regtypemod to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trim_array
  trim_scale trunc ts_debug ts_delete ts_filter ts_headline ts_lexize ts_match_vq ts_parse ts_rank ts_rank_cd ts_token_type tsmultirange
  tsquery_phrase tsrange tstzmultirange tstzrange tsvector_to_array txid_current txid_current_if_assigned txid_current_snapshot
  txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin txid_visible_in_snapshot unicode_assigned unicode_version unistr unnest upper
  upper_inc upper_inf user uuid_extract_timestamp uuid_extract_version uuid_hash var_pop var_samp varbit varchar variance version
  websearch_to_tsquery width width_bucket xid xml xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlagg
  xmlcomment xmlconcat xmlconcat2 xmlelement xmlexists xmlforest xmlpi xmlroot xmlserialize xmltext xmlvalidate xpath xpath_exists`

/** Volatile ones that only read, lock, wait, number, or write what is no data (logs, statistics, settings, other sessions). */
const VOLATILE = `array_sample array_shuffle brin_desummarize_range brin_summarize_new_values brin_summarize_range clock_timestamp current_query currval
  gen_random_uuid gin_clean_pending_list lastval lo_close lo_creat lo_create lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open
  lo_tell lo_tell64 loread nextval pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
  pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_backup_start pg_backup_stop pg_blocking_pids
  pg_cancel_backend pg_clear_attribute_stats pg_clear_relation_stats pg_collation_actual_version pg_control_checkpoint pg_control_init
  pg_control_recovery pg_control_system pg_copy_logical_replication_slot pg_copy_physical_replication_slot
  pg_create_logical_replication_slot pg_create_physical_replication_slot pg_create_restore_point pg_current_logfile
  pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_collation_actual_version pg_database_size
  pg_export_snapshot pg_extension_config_dump pg_get_sequence_data pg_import_system_collations pg_indexes_size pg_is_in_recovery
  pg_is_wal_replay_paused pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
  pg_last_xact_replay_timestamp pg_lock_status pg_log_backend_memory_contexts pg_log_standby_snapshot pg_logical_emit_message
  pg_logical_slot_peek_binary_changes pg_logical_slot_peek_changes pg_ls_dir pg_ls_logdir pg_ls_tmpdir pg_ls_waldir
  pg_notification_queue_usage pg_notify pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_read_binary_file pg_read_file
  pg_relation_size pg_reload_conf pg_restore_attribute_stats pg_restore_relation_stats pg_rotate_logfile pg_safe_snapshot_blocking_pids
  pg_sequence_last_value pg_sleep pg_sleep_for pg_sleep_until pg_stat_clear_snapshot pg_stat_file pg_stat_force_next_flush
  pg_stat_have_stats pg_stat_reset pg_stat_reset_backend_stats pg_stat_reset_replication_slot pg_stat_reset_shared
  pg_stat_reset_single_function_counters pg_stat_reset_single_table_counters pg_stat_reset_slru pg_stat_reset_subscription_stats
  pg_switch_wal pg_table_size pg_tablespace_size pg_terminate_backend pg_total_relation_size pg_try_advisory_lock
  pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_wal_replay_pause pg_wal_replay_resume
  pg_xact_commit_timestamp pg_xact_status random random_normal set_config setseed setval timeofday txid_status uuidv4 uuidv7`

/** By extension; in whichever schema it was put. */
const OF_EXTENSIONS = [
  // uuid-ossp, pgcrypto
  `armor crypt dearmor decrypt decrypt_iv digest encrypt encrypt_iv gen_random_bytes gen_random_uuid gen_salt hmac pgp_armor_headers
  pgp_key_id pgp_pub_decrypt pgp_pub_decrypt_bytea pgp_pub_encrypt pgp_pub_encrypt_bytea pgp_sym_decrypt pgp_sym_decrypt_bytea
  pgp_sym_encrypt pgp_sym_encrypt_bytea uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5
  uuid_generate_v7 uuid_nil uuid_ns_dns uuid_ns_oid uuid_ns_url uuid_ns_x500`,
  // pg_trgm, unaccent, fuzzystrmatch, citext
  `citext daitch_mokotoff dmetaphone dmetaphone_alt levenshtein levenshtein_less_equal metaphone set_limit show_limit show_trgm similarity
  soundex strict_word_similarity unaccent word_similarity`,
  // hstore, ltree, intarray, cube, earthdistance, isn, tablefunc
  `akeys avals connectby crosstab crosstab2 crosstab3 crosstab4 cube cube_dim cube_distance cube_enlarge cube_inter cube_ll_coord cube_union
  cube_ur_coord ean13 earth earth_box earth_distance gc_to_sec hstore hstore_to_array hstore_to_json hstore_to_json_loose hstore_to_jsonb
  hstore_to_jsonb_loose hstore_to_matrix icount intset isbn isbn13 ismn issn latitude lca ll_to_earth longitude ltree2text nlevel
  normal_rand sec_to_gc skeys sort_asc sort_desc subarray subltree subpath svals text2ltree uniq upc`,
  // pgvector
  `binary_quantize cosine_distance hamming_distance inner_product jaccard_distance l1_distance l2_distance l2_norm l2_normalize subvector
  vector_dims vector_norm`,
  // what tells of the database or schedules work, of pg_stat_statements, pgstattuple, pg_cron, TimescaleDB, Citus
  `add_compression_policy add_continuous_aggregate_policy add_dimension add_reorder_policy compress_chunk create_distributed_hypertable
  create_distributed_table create_hypertable create_reference_table cron.alter_job cron.schedule cron.schedule_in_database cron.unschedule
  decompress_chunk hypertable_detailed_size hypertable_size interpolate locf pg_relpages pg_stat_statements pg_stat_statements_info
  pg_stat_statements_reset pgrowlocks pgstatindex pgstattuple pgstattuple_approx refresh_continuous_aggregate remove_compression_policy
  remove_continuous_aggregate_policy remove_reorder_policy remove_retention_policy set_chunk_time_interval show_chunks time_bucket
  time_bucket_gapfill`,
  // PostGIS
  `box2d box3d geography geometry geometrytype postgis_extensions_upgrade postgis_full_version postgis_lib_version postgis_version
  st_3dclosestpoint st_3ddistance st_3dextent st_3dlength st_3dmakebox st_3dperimeter st_addmeasure st_addpoint st_affine st_angle st_area
  st_asbinary st_asewkb st_asewkt st_asgeobuf st_asgeojson st_asgml st_ashexewkb st_askml st_aslatlontext st_asmvt st_asmvtgeom st_assvg
  st_astext st_astwkb st_azimuth st_bdpolyfromtext st_boundary st_boundingdiagonal st_box2dfromgeohash st_buffer st_buildarea st_centroid
  st_chaikinsmoothing st_cleangeometry st_clipbybox2d st_closestpoint st_clusterdbscan st_clusterintersecting st_clusterkmeans
  st_clusterwithin st_collect st_collectionextract st_collectionhomogenize st_concavehull st_contains st_containsproperly st_convexhull
  st_coorddim st_coveredby st_covers st_crosses st_curvetoline st_delaunaytriangles st_dfullywithin st_difference st_dimension st_disjoint
  st_distance st_distancesphere st_distancespheroid st_dump st_dumppoints st_dumprings st_dwithin st_endpoint st_envelope st_equals
  st_estimatedextent st_expand st_extent st_exteriorring st_filterbym st_flipcoordinates st_force2d st_force3d st_force3dm st_force3dz
  st_force4d st_forcecollection st_forcecurve st_forcepolygonccw st_forcepolygoncw st_forcerhr st_frechetdistance st_generatepoints
  st_geogfromtext st_geogfromwkb st_geographyfromtext st_geohash st_geomcollfromtext st_geometricmedian st_geometryfromtext st_geometryn
  st_geometrytype st_geomfromewkb st_geomfromewkt st_geomfromgeohash st_geomfromgeojson st_geomfromgml st_geomfromkml st_geomfromtext
  st_geomfromtwkb st_geomfromwkb st_hausdorffdistance st_hexagon st_hexagongrid st_interiorringn st_interpolatepoint st_intersection
  st_intersects st_isclosed st_iscollection st_isempty st_ispolygonccw st_ispolygoncw st_isring st_issimple st_isvalid st_isvaliddetail
  st_isvalidreason st_length st_length2d st_lengthspheroid st_linecrossingdirection st_linefromencodedpolyline st_linefrommultipoint
  st_linefromtext st_lineinterpolatepoint st_lineinterpolatepoints st_linelocatepoint st_linemerge st_linesubstring st_linetocurve
  st_locatealong st_locatebetween st_longestline st_m st_makebox2d st_makeenvelope st_makeline st_makepoint st_makepointm st_makepolygon
  st_makevalid st_maxdistance st_memsize st_minimumboundingcircle st_minimumboundingradius st_mlinefromtext st_mpointfromtext
  st_mpolyfromtext st_multi st_ndims st_node st_normalize st_npoints st_nrings st_numgeometries st_numinteriorrings st_numpoints
  st_offsetcurve st_orderingequals st_orientedenvelope st_overlaps st_patchn st_perimeter st_point st_pointfromgeohash st_pointfromtext
  st_pointinsidecircle st_pointm st_pointn st_pointonsurface st_points st_pointz st_pointzm st_polygon st_polygonfromtext st_polygonize
  st_project st_quantizecoordinates st_reduceprecision st_relate st_removepoint st_removerepeatedpoints st_reverse st_rotate st_scale
  st_segmentize st_setpoint st_setsrid st_sharedpaths st_shiftlongitude st_shortestline st_simplify st_simplifypreservetopology
  st_simplifyvw st_snap st_snaptogrid st_split st_square st_squaregrid st_srid st_startpoint st_subdivide st_summary st_swapordinates
  st_symdifference st_tileenvelope st_touches st_transform st_translate st_transscale st_unaryunion st_union st_voronoilines
  st_voronoipolygons st_within st_wkbtosql st_wkttosql st_wrapx st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmflag st_zmin`,
  // what projects define themselves under this name
  `nanoid`,
]

const builtIn = new Set(`${STABLE} ${VOLATILE}`.split(/\s+/))
const ofExtensions = new Set(OF_EXTENSIONS.flatMap((names) => names.split(/\s+/)))

/** `schema` is null for the server's own and where none is written; names are folded. */
export function isWithoutEffects(schema: string | null, name: string): boolean {
  if (schema === null && (builtIn.has(name) || name.startsWith('pg_stat_get_'))) return true
  return ofExtensions.has(name) || ofExtensions.has(`${schema}.${name}`)
}
