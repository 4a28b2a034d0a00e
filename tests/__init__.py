"""Tests of the WhatsMiner integration, and the miner they talk to."""
