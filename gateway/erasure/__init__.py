"""The right to be forgotten: erasures as jobs, their certificates, and who must not come back."""
