-- Rows as the first schema's own orch wrote them. Never change this file: databases like it exist.
INSERT INTO tasks (id, project_id, status, priority, "key", slug, parent, agent, labels, "after", attempt, created_at, updated_at, version, body)
VALUES ('t0001', 'p-0001', 'in_review', 3, 'LAB-1', 'fix-it', NULL, 'fixer', '["red"]', '["t0"]', 1, 1000.5, 1001.5, 4, '{"id":"t0001","project_id":"p-0001","title":"Fix it","created_at":1000.5,"slug":"fix-it","prompt":"It is broken.\u0000","status":"in_review","key":"LAB-1","priority":3,"labels":["red"],"after":["t0"],"agent":"fixer","updated_at":1001.5,"version":4}');
-- next
INSERT INTO attempts (task_id, n, host_id, worker, body)
VALUES ('t0001', 1, 'h-0001', 'worker-0001', '{"n":1,"agent":"fixer","host_id":"h-0001","worker":"worker-0001","token":"token","started_at":1001.0,"phase":"checking"}');
-- next
INSERT INTO items (id, project_id, target, task_id, state, open, position, version, body)
VALUES ('l0001', 'p-0001', 'main', 't0001', 'queued', true, 1, 2, '{"id":"l0001","project_id":"p-0001","target":"main","source_ref":"refs/heads/orch/t0001-fix-it","source_head":"abc","title":"Fix it","submitted_at":1002.0,"position":1,"author":{"name":"Ada","email":"ada@example.org"},"task_id":"t0001","state":"queued","version":2}');
-- next
INSERT INTO events (seq, project_id, task_id, landing_id, kind, actor, at, data)
VALUES (101, 'p-0001', 't0001', NULL, 'TaskSubmitted', 'ada', 1000.5, '{"task_id":"t0001","title":"Fix it"}');
-- next
UPDATE history_head SET seq = 101, orders = 1 WHERE id = 1;
-- next
INSERT INTO orders (effect_id, position, project_id, task_id, attempt, kind, host_id, created_at, tries, not_before, reason, done, body)
VALUES ('t0001/1/RunGate-abc', 1, 'p-0001', 't0001', 1, 'RunGate', 'h-0001', 1002.0, 0, 0.0, '', false, '{"task_id":"t0001","attempt":1,"head":"abc"}');
-- next
INSERT INTO receipts ("key", project_id, outcome, runs, at, body)
VALUES ('tree:spec:env', 'p-0001', 'passed', 2, 1003.0, '{"key":{"tree":"tree","spec":"spec","environment":"env"},"project_id":"p-0001","outcome":"passed","results":[{"command":"make test","exit_code":0,"duration_s":1.5}],"commit":"abc","log":"/log","at":1003.0,"runs":1}');
-- next
INSERT INTO projects (id, host_id, added_at, body)
VALUES ('p-0001', 'h-0001', 900.0, '{"id":"p-0001","name":"lab","path":"/home/ada/lab","hub":"/home/ada/.orch/repos/p-0001.git","host_id":"h-0001","added_at":900.0}');
-- next
INSERT INTO trust (project_id, digest, at) VALUES ('p-0001', 'digest', 901.0);
-- next
INSERT INTO counters (name, value) VALUES ('task', 1);
-- next
INSERT INTO leases (name, holder, epoch, expires_at) VALUES ('daemon', 'holder-0001', 7, 1004.0);
