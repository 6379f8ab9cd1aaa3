"""The API for people: `/gateway/users`, `/gateway/groups`, `/gateway/directory`, `/gateway/me`."""
