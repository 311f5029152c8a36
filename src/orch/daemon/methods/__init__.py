"""The methods of the wire, a file per noun: parameters in, event or query, shape out."""
