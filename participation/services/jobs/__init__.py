"""Jobs: definitions, runs in chunks, results, alarms, retention and storage checks."""
