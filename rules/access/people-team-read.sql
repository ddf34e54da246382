-- id: people-team-read
-- title: People who decide about people read it
-- severity: high
-- definition: Somebody of a department that decides about people (HR, people analytics:
--   governance.people_teams of the policy) read telemetry that holds findings. Recorded work is
--   not for judging who did it.
-- needs: findings, events, coverage, principals
-- remediation: Take the right from the department; ask what was done with what was read.
SELECT r.resource, r.principal, r.first_read AS at, r.reads AS count
FROM readers r JOIN people p USING (principal)
WHERE r.sensitive AND p.people_team
