-- What leakgate reads as an export of PostgreSQL 10 and later: one JSON document a database.
--     psql -X -At -d prod -f postgres.sql > prod.json
-- It reads catalogs only; any role may run it.
SELECT json_build_object(
  'leakgate_export', 'postgres/1',
  'database', current_database(),
  'taken_at', now(),
  'database_owner', (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()),
  'database_acl', (SELECT datacl::text[] FROM pg_database WHERE datname = current_database()),
  'roles', (SELECT coalesce(json_agg(json_build_object(
      'name', rolname, 'superuser', rolsuper, 'inherit', rolinherit, 'login', rolcanlogin,
      'bypassrls', rolbypassrls) ORDER BY rolname), '[]') FROM pg_roles),
  'memberships', (SELECT coalesce(json_agg(to_jsonb(m) || jsonb_build_object(
      'role', pg_get_userbyid(m.roleid), 'member', pg_get_userbyid(m.member))), '[]')
    FROM pg_auth_members m),
  'schemas', (SELECT coalesce(json_agg(json_build_object(
      'name', nspname, 'owner', pg_get_userbyid(nspowner), 'acl', nspacl::text[]) ORDER BY nspname), '[]')
    FROM pg_namespace),
  'relations', (SELECT coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'owner', pg_get_userbyid(c.relowner),
      'acl', c.relacl::text[], 'row_security', c.relrowsecurity, 'force_row_security', c.relforcerowsecurity,
      'column_acl', (SELECT json_object_agg(attname, attacl::text[]) FROM pg_attribute
        WHERE attrelid = c.oid AND attacl IS NOT NULL AND NOT attisdropped)) ORDER BY 1::text), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND n.nspname NOT LIKE 'pg\_temp\_%'),
  'default_acls', (SELECT coalesce(json_agg(json_build_object(
      'role', pg_get_userbyid(defaclrole), 'schema', coalesce(nspname, ''), 'kind', defaclobjtype,
      'acl', defaclacl::text[])), '[]')
    FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace)
);
