"""A person's account: sign-in and second factors, alerts, the calendar, requests on its data."""
