-- id: dead-grantee
-- title: Somebody who has left can still read
-- severity: high
-- definition: A grant to read, in force, to a person, service or group that the directory calls
--   disabled or gone, or whose employment has ended, or to a group that holds one.
-- needs: objects, grants, principals
-- remediation: Delete the grant or the membership, and close the account.
SELECT resource, first AS principal, decision, people AS count
FROM special_readers WHERE crowd = 'gone'
