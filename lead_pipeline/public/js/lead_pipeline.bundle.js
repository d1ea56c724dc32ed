import "./lead_pipeline/status";
