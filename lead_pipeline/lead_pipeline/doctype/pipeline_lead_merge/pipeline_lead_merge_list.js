lead_pipeline.hide_internal_fields("Pipeline Lead Merge");
