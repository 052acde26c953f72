INSERT INTO sp_v2_audit_log (actor, action, subject_type, subject_id, details)
VALUES (%(actor)s, %(action)s, %(subject_type)s, %(subject_id)s, %(details)s)
