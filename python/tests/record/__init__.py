"""The recorder on real models: tiny, randomly initialised, built from Transformers' own configurations."""
