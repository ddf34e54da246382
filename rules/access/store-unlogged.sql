-- id: store-unlogged
-- title: Reads of the store are not logged
-- severity: medium
-- definition: An object of the release in a store that governance.stores of the policy says does
--   not log reads: whether it was read cannot be known.
-- needs: objects, stores
-- remediation: Switch on data-read logging for the whole store.
SELECT resource FROM store_facts WHERE NOT read_logging
