-- What manifests name and may do without is kept for as long as they are. The manifests of an index were noted as children
-- from the beginning; layers that registries don't distribute were not, and are noted here, as children too.
-- A damaged body must not keep the server from starting, so nothing is taken for JSON that was not looked at.

INSERT OR IGNORE INTO manifest_children (manifest_digest, child_digest)
SELECT digest, json_extract(layer, '$.digest')
FROM (
    SELECT m.digest AS digest, CASE WHEN l.type = 'object' THEN l.value ELSE '{}' END AS layer
    FROM (
        SELECT digest, CASE WHEN json_valid(text) THEN text ELSE '{}' END AS text
        FROM (SELECT digest, CAST(body AS TEXT) AS text FROM manifests)
        WHERE instr(text, '.nondistributable.') > 0 OR instr(text, '.foreign.') > 0
    ) m
    JOIN (SELECT '$.layers' AS path UNION ALL SELECT '$.blobs') p
    JOIN json_each(m.text, p.path) l
)
WHERE json_extract(layer, '$.digest') IS NOT NULL
AND (instr(json_extract(layer, '$.mediaType'), '.nondistributable.') > 0
     OR instr(json_extract(layer, '$.mediaType'), '.foreign.') > 0);
