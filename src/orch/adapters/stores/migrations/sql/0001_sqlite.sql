-- The tables of links and counts follow the tasks, whoever writes them.
CREATE TRIGGER tasks_added AFTER INSERT ON tasks BEGIN
  INSERT OR IGNORE INTO task_labels (label, task_id)
    SELECT value, NEW.id FROM json_each(NEW.labels);
  INSERT OR IGNORE INTO task_after (after_id, task_id)
    SELECT value, NEW.id FROM json_each(NEW."after");
  INSERT INTO task_counts (project_id, status, n) VALUES (NEW.project_id, NEW.status, 1)
    ON CONFLICT (project_id, status) DO UPDATE SET n = n + 1;
END;
-- next
CREATE TRIGGER tasks_relabelled AFTER UPDATE OF labels ON tasks
WHEN OLD.labels <> NEW.labels BEGIN
  DELETE FROM task_labels WHERE task_id = NEW.id;
  INSERT OR IGNORE INTO task_labels (label, task_id)
    SELECT value, NEW.id FROM json_each(NEW.labels);
END;
-- next
CREATE TRIGGER tasks_reordered AFTER UPDATE OF "after" ON tasks
WHEN OLD."after" <> NEW."after" BEGIN
  DELETE FROM task_after WHERE task_id = NEW.id;
  INSERT OR IGNORE INTO task_after (after_id, task_id)
    SELECT value, NEW.id FROM json_each(NEW."after");
END;
-- next
CREATE TRIGGER tasks_moved AFTER UPDATE OF project_id, status ON tasks
WHEN OLD.status <> NEW.status OR OLD.project_id <> NEW.project_id BEGIN
  UPDATE task_counts SET n = n - 1 WHERE project_id = OLD.project_id AND status = OLD.status;
  INSERT INTO task_counts (project_id, status, n) VALUES (NEW.project_id, NEW.status, 1)
    ON CONFLICT (project_id, status) DO UPDATE SET n = n + 1;
END;
-- next
-- History is never rewritten, and shortened only while the pruning flag is set.
CREATE TRIGGER events_unchanged BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'history is never rewritten');
END;
-- next
CREATE TRIGGER events_kept BEFORE DELETE ON events
WHEN NOT (SELECT pruning FROM history_head WHERE id = 1) BEGIN
  SELECT RAISE(ABORT, 'history is only shortened by pruning');
END;
-- next
-- What ANALYZE finds in a large database, written down: so plans are the same from the first
-- day on, and the tests of the plans speak of every database.
ANALYZE;
-- next
DELETE FROM sqlite_stat1;
-- next
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('tasks', 'sqlite_autoindex_tasks_1', '100000 1'),
  ('tasks', 'tasks_by_age', '100000 1'),
  ('tasks', 'tasks_by_change', '100000 1'),
  ('tasks', 'tasks_by_status', '100000 10000 1'),
  ('tasks', 'tasks_by_priority', '100000 5000 1'),
  ('tasks', 'tasks_to_admit', '10000 5000 500 1'),
  ('tasks', 'tasks_by_agent', '100000 10000 1'),
  ('tasks', 'tasks_by_slug', '100000 2'),
  ('tasks', 'tasks_by_key', '100000 2'),
  ('tasks', 'tasks_by_parent', '100000 20'),
  ('tasks', 'tasks_of_project', '100000 10000 1'),
  ('tasks', 'tasks_of_project_by_status', '100000 10000 1000 1'),
  ('tasks', 'tasks_of_project_to_admit', '10000 2000 1000 100 1'),
  ('attempts', 'sqlite_autoindex_attempts_1', '150000 2 1'),
  ('attempts', 'sqlite_autoindex_attempts_2', '150000 1'),
  ('task_labels', 'task_labels', '100000 500 1'),
  ('task_labels', 'task_labels_of_task', '100000 2 1'),
  ('task_after', 'task_after', '50000 2 1'),
  ('task_after', 'task_after_of_task', '50000 2 1'),
  ('items', 'sqlite_autoindex_items_1', '100000 1'),
  ('items', 'items_by_position', '100000 10'),
  ('items', 'items_by_state', '100000 10000 2'),
  ('items', 'items_of_task', '100000 2'),
  ('items', 'items_of_lane', '100000 10000 5000 1'),
  ('items', 'items_open', '20 1'),
  ('events', 'events_of_project', '10000000 1000000 1'),
  ('events', 'events_of_task', '10000000 100 1'),
  ('events', 'events_of_kind', '10000000 200000 1'),
  ('events', 'events_of_landing', '1000000 10 1'),
  ('orders', 'sqlite_autoindex_orders_1', '1000000 1'),
  ('orders', 'orders_waiting', '50 1'),
  ('orders', 'orders_of_task', '50 2 1'),
  ('receipts', 'sqlite_autoindex_receipts_1', '100000 1 1'),
  ('receipts', 'receipts_by_age', '100000 1'),
  ('receipts', 'receipts_of_project', '100000 10000 1');
