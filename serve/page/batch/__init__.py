"""What the tab Batch makes of many pictures."""
