-- What manifests name and may do without is kept for as long as they are. The manifests of an index were noted as children
-- from the beginning; layers that registries don't distribute were not, and are noted here, as children too.
-- A damaged body must not keep the server from starting, so nothing is taken for JSON: every digest in a manifest that has
-- such layers is noted. Most of them it needs anyway, and one too many only keeps a blob.

INSERT INTO manifest_children (manifest_digest, child_digest)
SELECT DISTINCT m.digest, found.groups[1]
FROM (
    SELECT digest, encode(body, 'escape') AS text FROM manifests
    WHERE position('.nondistributable.'::bytea IN body) > 0 OR position('.foreign.'::bytea IN body) > 0
) m, regexp_matches(m.text, '"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})"', 'g') AS found (groups)
ON CONFLICT DO NOTHING;
