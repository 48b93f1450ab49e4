"""What the project needs to make its data; not installed with it."""
