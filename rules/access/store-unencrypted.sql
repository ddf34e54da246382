-- id: store-unencrypted
-- title: The store is not encrypted at rest
-- severity: high
-- definition: An object of the release in a store that governance.stores of the policy says is
--   not encrypted at rest.
-- needs: objects, stores
-- remediation: Switch on encryption with a key of your own, and write the objects anew.
SELECT resource FROM store_facts WHERE NOT encrypted
