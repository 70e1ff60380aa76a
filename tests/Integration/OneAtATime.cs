// These tests measure seconds on real networks: two at once would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
