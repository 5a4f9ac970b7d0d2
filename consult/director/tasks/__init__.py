"""Who does what: the register of tasks, and tasks that residents and organisations want to take over."""
