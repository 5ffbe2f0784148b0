"""Runs the stream's life: releases, slots, operations, and the verdict on its health."""
