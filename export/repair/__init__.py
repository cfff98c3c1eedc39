"""What finds scratches, dust, hairs and creases: learnt from damage that is drawn into photos."""
