"""A waybill: one consignment of a postal operator, and what the operator reported of it."""
