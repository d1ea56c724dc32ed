"""framework/cache.py: the framework keeps values from Redis in the process.

What a process has read from Redis is kept in `frappe.local.cache`, under the site's key.
"""

from frappe.utils.redis_wrapper import RedisWrapper

from lead_pipeline.tests.contract.source import code


def test_what_was_read_is_kept_for_the_request():
	assert "frappe.local.cache" in code(RedisWrapper.get_value)
	assert "make_key" in code(RedisWrapper.get_value)


def test_what_is_deleted_is_forgotten_there_too():
	assert "frappe.local.cache" in code(RedisWrapper.delete_value) or "local.cache" in code(
		RedisWrapper.delete_value
	)
