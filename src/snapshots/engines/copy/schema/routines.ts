import { isOwn, isUsers, nameIn, type SchemaReader } from './reader.js'

const routine = `format('%s(%s)', ${nameIn('p.pronamespace', 'p.proname')}, pg_get_function_identity_arguments(p.oid))`
/** Arguments in one list, also where some are after ORDER BY. */
const aggregate = "regexp_replace((pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity, '\\(\\)$', '(*)')"
const ownedBy = (kind: string, identity: string, owner: string): string =>
  `format('; ALTER ${kind} %s OWNER TO %I', ${identity}, pg_get_userbyid(${owner}))`
const isUsersRoutine = `${isUsers('pg_proc', 'p.oid', 'p.pronamespace')} AND ${isOwn('pg_proc', 'p.oid')}`
const modify = (value: string): string => `CASE ${value} WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END`
const operator = (oid: string): string =>
  `(SELECT format('OPERATOR(%I.%s)', n.nspname, x.oprname) FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE x.oid = ${oid})`
/** An operator with the types of its arguments, as ALTER OPERATOR and operator classes want it. */
const typedOperator = (oid: string): string =>
  `(SELECT format('%I.%s (%s, %s)', n.nspname, x.oprname, CASE WHEN x.oprleft = 0 THEN 'NONE' ELSE format_type(x.oprleft, NULL) END, format_type(x.oprright, NULL))
    FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE x.oid = ${oid})`
const functionOf = (label: string, oid: string): string => `CASE WHEN ${oid} <> 0 THEN '${label} = ' || ${oid}::regproc END`

/** Operators and functions of an operator class or, loose, of a family, as ADD and CREATE OPERATOR CLASS want them; null without any. */
const membersSql = (refCatalog: string, ref: string): string => `(SELECT string_agg(m.item, ', ' ORDER BY m.item) FROM (
    SELECT format('OPERATOR %s %s%s', o.amopstrategy, ${typedOperator('o.amopopr')},
        (SELECT ' FOR ORDER BY ' || ${nameIn('f.opfnamespace', 'f.opfname')} FROM pg_opfamily f WHERE f.oid = o.amopsortfamily)) AS item
      FROM pg_amop o JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid AND d.refclassid = '${refCatalog}'::regclass AND d.refobjid = ${ref}
    UNION ALL SELECT format('FUNCTION %s (%s, %s) %s', a.amprocnum, format_type(a.amproclefttype, NULL), format_type(a.amprocrighttype, NULL), a.amproc::oid::regprocedure)
      FROM pg_amproc a JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = a.oid AND d.refclassid = '${refCatalog}'::regclass AND d.refobjid = ${ref}) m)`

const AGGREGATE_OPTIONS = `concat_ws(', ', 'SFUNC = ' || a.aggtransfn, 'STYPE = ' || format_type(a.aggtranstype, NULL),
  CASE WHEN a.aggtransspace <> 0 THEN 'SSPACE = ' || a.aggtransspace END,
  ${functionOf('FINALFUNC', 'a.aggfinalfn')}, CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
  CASE WHEN a.aggfinalfn <> 0 THEN 'FINALFUNC_MODIFY = ' || ${modify('a.aggfinalmodify')} END,
  ${functionOf('COMBINEFUNC', 'a.aggcombinefn')}, ${functionOf('SERIALFUNC', 'a.aggserialfn')}, ${functionOf('DESERIALFUNC', 'a.aggdeserialfn')},
  'INITCOND = ' || quote_literal(a.agginitval), ${functionOf('MSFUNC', 'a.aggmtransfn')}, ${functionOf('MINVFUNC', 'a.aggminvtransfn')},
  CASE WHEN a.aggmtranstype <> 0 THEN 'MSTYPE = ' || format_type(a.aggmtranstype, NULL) END, CASE WHEN a.aggmtransspace <> 0 THEN 'MSSPACE = ' || a.aggmtransspace END,
  ${functionOf('MFINALFUNC', 'a.aggmfinalfn')}, CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
  CASE WHEN a.aggmfinalfn <> 0 THEN 'MFINALFUNC_MODIFY = ' || ${modify('a.aggmfinalmodify')} END, 'MINITCOND = ' || quote_literal(a.aggminitval),
  CASE WHEN a.aggsortop <> 0 THEN 'SORTOP = ' || ${operator('a.aggsortop')} END,
  'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END, CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END)`

/** Functions, procedures, aggregates, operators and what is made of them. */
export const routineReaders: readonly SchemaReader[] = [
  {
    kind: 'function',
    catalog: 'pg_proc',
    stage: 'pre',
    query: `SELECT p.oid, ${routine} AS name, pg_get_functiondef(p.oid) || ${ownedBy('ROUTINE', routine, 'p.proowner')} AS sql
      FROM pg_proc p WHERE p.prokind <> 'a' AND ${isUsersRoutine}`,
  },
  {
    kind: 'aggregate',
    catalog: 'pg_proc',
    stage: 'pre',
    query: `SELECT p.oid, ${routine} AS name, format('CREATE AGGREGATE %s(%s) (%s)', ${nameIn('p.pronamespace', 'p.proname')},
          CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END, ${AGGREGATE_OPTIONS}) || ${ownedBy('AGGREGATE', aggregate, 'p.proowner')} AS sql
      FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE ${isUsersRoutine}`,
  },
  {
    kind: 'operator',
    catalog: 'pg_operator',
    stage: 'pre',
    query: `SELECT o.oid, o.oprname AS name, format('CREATE OPERATOR %I.%s (%s)', (SELECT nspname FROM pg_namespace WHERE oid = o.oprnamespace), o.oprname, concat_ws(', ',
          'FUNCTION = ' || o.oprcode, CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || format_type(o.oprleft, NULL) END, 'RIGHTARG = ' || format_type(o.oprright, NULL),
          'COMMUTATOR = ' || ${operator('o.oprcom')}, 'NEGATOR = ' || ${operator('o.oprnegate')}, ${functionOf('RESTRICT', 'o.oprrest')}, ${functionOf('JOIN', 'o.oprjoin')},
          CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END)) || ${ownedBy('OPERATOR', typedOperator('o.oid'), 'o.oprowner')} AS sql
      FROM pg_operator o WHERE o.oprcode <> 0 AND ${isUsers('pg_operator', 'o.oid', 'o.oprnamespace')}`,
  },
  {
    kind: 'operator family',
    catalog: 'pg_opfamily',
    stage: 'pre',
    query: `SELECT f.oid, f.opfname AS name, format('CREATE OPERATOR FAMILY %s USING %I', ${nameIn('f.opfnamespace', 'f.opfname')}, m.amname)
          || ${ownedBy('OPERATOR FAMILY', `format('%s USING %I', ${nameIn('f.opfnamespace', 'f.opfname')}, m.amname)`, 'f.opfowner')} AS sql
      FROM pg_opfamily f JOIN pg_am m ON m.oid = f.opfmethod WHERE ${isUsers('pg_opfamily', 'f.oid', 'f.opfnamespace')}`,
  },
  {
    kind: 'members of operator family',
    catalog: null,
    stage: 'pre',
    query: `SELECT f.oid, f.opfname AS name, format('ALTER OPERATOR FAMILY %s USING %I ADD ', ${nameIn('f.opfnamespace', 'f.opfname')}, m.amname) || ${membersSql('pg_opfamily', 'f.oid')} AS sql
      FROM pg_opfamily f JOIN pg_am m ON m.oid = f.opfmethod WHERE ${isUsers('pg_opfamily', 'f.oid', 'f.opfnamespace')}`,
  },
  {
    kind: 'operator class',
    catalog: 'pg_opclass',
    stage: 'pre',
    query: `SELECT c.oid, c.opcname AS name, format('CREATE OPERATOR CLASS %s %sFOR TYPE %s USING %I FAMILY %s AS %s', ${nameIn('c.opcnamespace', 'c.opcname')},
          CASE WHEN c.opcdefault THEN 'DEFAULT ' ELSE '' END, format_type(c.opcintype, NULL), m.amname, ${nameIn('f.opfnamespace', 'f.opfname')},
          concat_ws(', ', CASE WHEN c.opckeytype <> 0 OR ${membersSql('pg_opclass', 'c.oid')} IS NULL
            THEN 'STORAGE ' || format_type(CASE WHEN c.opckeytype <> 0 THEN c.opckeytype ELSE c.opcintype END, NULL) END, ${membersSql('pg_opclass', 'c.oid')}))
          || ${ownedBy('OPERATOR CLASS', `format('%s USING %I', ${nameIn('c.opcnamespace', 'c.opcname')}, m.amname)`, 'c.opcowner')} AS sql
      FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod JOIN pg_opfamily f ON f.oid = c.opcfamily WHERE ${isUsers('pg_opclass', 'c.oid', 'c.opcnamespace')}`,
  },
  {
    kind: 'conversion',
    catalog: 'pg_conversion',
    stage: 'pre',
    query: `SELECT c.oid, c.conname AS name, format('CREATE %sCONVERSION %s FOR %L TO %L FROM %s', CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END,
          ${nameIn('c.connamespace', 'c.conname')}, pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc)
          || ${ownedBy('CONVERSION', nameIn('c.connamespace', 'c.conname'), 'c.conowner')} AS sql
      FROM pg_conversion c WHERE ${isUsers('pg_conversion', 'c.oid', 'c.connamespace')}`,
  },
  {
    kind: 'text search dictionary',
    catalog: 'pg_ts_dict',
    stage: 'pre',
    query: `SELECT d.oid, d.dictname AS name, format('CREATE TEXT SEARCH DICTIONARY %s (%s)', ${nameIn('d.dictnamespace', 'd.dictname')},
          concat_ws(', ', 'TEMPLATE = ' || ${nameIn('t.tmplnamespace', 't.tmplname')}, d.dictinitoption)) || ${ownedBy('TEXT SEARCH DICTIONARY', nameIn('d.dictnamespace', 'd.dictname'), 'd.dictowner')} AS sql
      FROM pg_ts_dict d JOIN pg_ts_template t ON t.oid = d.dicttemplate WHERE ${isUsers('pg_ts_dict', 'd.oid', 'd.dictnamespace')}`,
  },
  {
    kind: 'text search configuration',
    catalog: 'pg_ts_config',
    stage: 'pre',
    query: `SELECT c.oid, c.cfgname AS name, concat(format('CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %s)', ${nameIn('c.cfgnamespace', 'c.cfgname')},
          (SELECT ${nameIn('p.prsnamespace', 'p.prsname')} FROM pg_ts_parser p WHERE p.oid = c.cfgparser)),
          (SELECT string_agg(format('; ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %I WITH %s', ${nameIn('c.cfgnamespace', 'c.cfgname')}, m.alias, m.dictionaries), '' ORDER BY m.alias)
           FROM (SELECT t.alias, string_agg(${nameIn('d.dictnamespace', 'd.dictname')}, ', ' ORDER BY g.mapseqno) AS dictionaries
                 FROM pg_ts_config_map g JOIN pg_ts_dict d ON d.oid = g.mapdict JOIN ts_token_type(c.cfgparser) t ON t.tokid = g.maptokentype WHERE g.mapcfg = c.oid GROUP BY t.alias) m))
          || ${ownedBy('TEXT SEARCH CONFIGURATION', nameIn('c.cfgnamespace', 'c.cfgname'), 'c.cfgowner')} AS sql
      FROM pg_ts_config c WHERE ${isUsers('pg_ts_config', 'c.oid', 'c.cfgnamespace')}`,
  },
  {
    kind: 'foreign server',
    catalog: 'pg_foreign_server',
    stage: 'pre',
    query: `SELECT s.oid, s.srvname AS name, concat('CREATE SERVER ', quote_ident(s.srvname), ' TYPE ' || quote_literal(s.srvtype), ' VERSION ' || quote_literal(s.srvversion),
          ' FOREIGN DATA WRAPPER ', (SELECT quote_ident(w.fdwname) FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw),
          ' OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ') FROM pg_options_to_table(s.srvoptions)) || ')',
          format('; ALTER SERVER %I OWNER TO %I', s.srvname, pg_get_userbyid(s.srvowner))) AS sql
      FROM pg_foreign_server s WHERE ${isOwn('pg_foreign_server', 's.oid')}`,
  },
  {
    kind: 'user mapping',
    catalog: 'pg_user_mapping',
    stage: 'pre',
    // Its options, which may hold a password, are only shown to those who may use them; the others' mapping is then made without.
    query: `SELECT m.umid AS oid, format('%s on %s', m.usename, m.srvname) AS name, concat('CREATE USER MAPPING FOR ', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END,
          ' SERVER ', quote_ident(m.srvname), ' OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ') FROM pg_options_to_table(m.umoptions)) || ')') AS sql
      FROM pg_user_mappings m WHERE ${isOwn('pg_user_mapping', 'm.umid')}`,
  },
]
