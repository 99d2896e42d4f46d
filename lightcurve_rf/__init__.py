"""Movies in, photometry, FATS features and a random forest's answer out."""
