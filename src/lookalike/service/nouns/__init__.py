"""What people work with: datasets, jobs, models, generations. One module per noun: its routes, and no more."""
