-- id: training-before-gate
-- title: Training can read it before it passed
-- severity: high
-- definition: An object of the release that a principal which trains models can read now, before
--   this gate passed it. Training principals are those that the directory or governance.training
--   of the policy marks.
-- needs: objects, grants, training
-- remediation: Let training read a store that holds only what the gate has passed.
SELECT resource, first AS principal, decision, people AS count
FROM special_readers WHERE crowd = 'training'
