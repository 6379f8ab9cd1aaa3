"""Servers of engines that cannot be installed here, as far as their own code can be had."""
