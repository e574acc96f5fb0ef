"""What AWS means: one folder a service. No service imports another; they meet by AWS API, through their home."""
