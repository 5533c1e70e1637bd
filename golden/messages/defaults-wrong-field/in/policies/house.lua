defaults{id = "house-memory", set = function(c) return {memroy = "1Gi"} end}

test "memory" (function(t) t.sets("house-memory", {}, {memroy = "1Gi"}) end)
