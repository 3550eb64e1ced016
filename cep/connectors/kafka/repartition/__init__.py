"""Rules whose key is not the record key: their events go through a topic in which the partition is that of the key."""
