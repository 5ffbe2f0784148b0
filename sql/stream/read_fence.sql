SELECT epoch, owner FROM stream_fence WHERE id = 1
