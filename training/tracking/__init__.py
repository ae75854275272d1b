"""MLflow: runs, the model registry and its aliases; nothing else imports mlflow."""
