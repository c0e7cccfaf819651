"""Reading the state of jobs: health, freshness, and why stored obligations drifted."""
