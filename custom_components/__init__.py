"""Custom integrations; only WhatsMiner here."""
