-- The tables of links and counts follow the tasks, whoever writes them.
CREATE FUNCTION orch_link_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR OLD.labels <> NEW.labels THEN
    DELETE FROM task_labels WHERE task_id = NEW.id;
    INSERT INTO task_labels (label, task_id)
      SELECT value, NEW.id FROM json_array_elements_text(NEW.labels::json)
      ON CONFLICT DO NOTHING;
  END IF;
  IF TG_OP = 'INSERT' OR OLD.after <> NEW.after THEN
    DELETE FROM task_after WHERE task_id = NEW.id;
    INSERT INTO task_after (after_id, task_id)
      SELECT value, NEW.id FROM json_array_elements_text(NEW.after::json)
      ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
-- next
CREATE TRIGGER tasks_added AFTER INSERT ON tasks FOR EACH ROW
WHEN (NEW.labels <> '[]' OR NEW.after <> '[]')
EXECUTE FUNCTION orch_link_task();
-- next
CREATE TRIGGER tasks_relinked AFTER UPDATE ON tasks FOR EACH ROW
WHEN (OLD.labels <> NEW.labels OR OLD.after <> NEW.after)
EXECUTE FUNCTION orch_link_task();
-- next
CREATE FUNCTION orch_count_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    UPDATE task_counts SET n = n - 1
      WHERE project_id = OLD.project_id AND status = OLD.status;
  END IF;
  INSERT INTO task_counts AS counted (project_id, status, n)
    VALUES (NEW.project_id, NEW.status, 1)
    ON CONFLICT (project_id, status) DO UPDATE SET n = counted.n + 1;
  RETURN NULL;
END $$;
-- next
CREATE TRIGGER tasks_counted AFTER INSERT ON tasks FOR EACH ROW
EXECUTE FUNCTION orch_count_task();
-- next
CREATE TRIGGER tasks_moved AFTER UPDATE ON tasks FOR EACH ROW
WHEN (OLD.status <> NEW.status OR OLD.project_id <> NEW.project_id)
EXECUTE FUNCTION orch_count_task();
-- next
-- History is never rewritten, and shortened only while the pruning flag is set.
CREATE FUNCTION orch_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND (SELECT pruning FROM history_head WHERE id = 1) THEN
    RETURN OLD;
  ELSIF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'history is never rewritten';
  END IF;
  RAISE EXCEPTION 'history is only shortened by pruning';
END $$;
-- next
CREATE TRIGGER events_kept BEFORE UPDATE OR DELETE ON events FOR EACH ROW
EXECUTE FUNCTION orch_keep_history();
-- next
CREATE TRIGGER events_not_emptied BEFORE TRUNCATE ON events FOR EACH STATEMENT
EXECUTE FUNCTION orch_keep_history();
