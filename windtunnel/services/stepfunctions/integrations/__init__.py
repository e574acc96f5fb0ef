"""What tasks call: functions, and services by their integrations."""
